import { createHash } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { GeorepError } from '../../core/errors.ts'
import type { SandboxDeps } from '../deps.ts'
import type { Java } from '../java.ts'
import type { SandboxRecord } from '../record.ts'
import { lastLines, runCommand } from '../run-command.ts'
import { secureFiles, type SecureFiles, type User, usersOf } from './places.ts'

const timeoutMs = 60_000

/** Makes passwords, certificates and client files of a sandbox. No secret is in a command line: other users may see those. */
export async function makeSecrets(
  record: SandboxRecord,
  java: Java,
  deps: SandboxDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const files = secureFiles(record)
  await mkdir(files.folder, { mode: 0o700 })
  await write(files.keyStorePassword, secret(deps))
  for (const user of usersOf(record)) {
    const password = secret(deps)
    await write(files.password[user], password)
    await write(files.clientProperties[user], clientProperties(files, user, password))
  }
  await makeCertificates(files, java, deps, signal)
}

/** An authority of its own signs one certificate, which all brokers share. Its key is gone then: nobody can have another. */
async function makeCertificates(files: SecureFiles, java: Java, deps: SandboxDeps, signal: AbortSignal): Promise<void> {
  const store = ['-keystore', files.keyStore, '-storetype', 'PKCS12', '-storepass:file', files.keyStorePassword]
  const pair = ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650']
  const steps = [
    [...pair, '-alias', 'ca', '-dname', 'CN=georep sandbox', '-ext', 'bc:c=ca:true', '-ext', 'ku:c=keyCertSign'],
    ['-exportcert', '-rfc', '-alias', 'ca', '-file', files.ca],
    [...pair, '-alias', 'broker', '-signer', 'ca', '-dname', 'CN=broker', '-ext', 'SAN=IP:127.0.0.1,DNS:localhost'],
    ['-delete', '-alias', 'ca'],
  ]
  for (const step of steps) {
    const args = ['-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-m', 'java.base/sun.security.tools.keytool.Main']
    const result = await runCommand(java.command, [...args, ...step, ...store], { env: deps.env, timeoutMs, signal })
    if (result?.code === 0) continue
    throw new GeorepError('failed', 'GR-SANDBOX-CERTIFICATES', 'the certificates of the sandbox could not be made', {
      ...(result === undefined ? {} : { stateNow: lastLines(result.output, 5) }),
      next: 'try again with another Java (JAVA_HOME)',
    })
  }
  await chmod(files.ca, 0o600)
  await chmod(files.keyStore, 0o600)
}

function clientProperties({ ca }: SecureFiles, user: User, password: string): string {
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  return [
    'security.protocol=SASL_SSL',
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${ca}`,
    'sasl.mechanism=SCRAM-SHA-512',
    `sasl.jaas.config=${login} required username="${user}" password="${password}";`,
    '',
  ].join('\n')
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx' })
}

/** 192 bits, letters and digits. */
function secret({ newId }: Pick<SandboxDeps, 'newId'>): string {
  const seed = Array.from({ length: 8 }, () => newId()).join('/')
  return createHash('sha256').update(seed).digest('hex').slice(0, 48)
}
