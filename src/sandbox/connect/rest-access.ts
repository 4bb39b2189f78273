import { readFile, writeFile } from 'node:fs/promises'
import type { ConnectSettings } from '../../connect/settings.ts'
import { propertiesText } from '../broker-files.ts'
import type { SandboxRecord } from '../record.ts'
import { secureFiles } from '../secure/places.ts'

// In a secured sandbox the REST interface asks for a user and a password: whoever may make a connector may do what the worker may, and read
// what it may read. It speaks no TLS; it is on 127.0.0.1.

type Secured = Pick<SandboxRecord, 'folder' | 'isSecure'>

/** With what georep comes in: the password that it has for the brokers. */
export async function restCredentials(record: Secured): Promise<ConnectSettings['credentials']> {
  if (record.isSecure !== true) return undefined
  return { username: 'georep', password: await readFile(secureFiles(record).password.georep, 'utf8') }
}

/** The same for georep.yaml: where the secret is, not what it is. */
export function restEntry(record: Secured): object {
  if (record.isSecure !== true) return {}
  return { username: 'georep', password: `\${file:${secureFiles(record).password.georep}}` }
}

export async function writeRestFiles(record: Secured): Promise<void> {
  const credentials = await restCredentials(record)
  if (credentials === undefined) return
  const { connectUsers, connectLogin } = secureFiles(record)
  await writeFile(connectUsers, propertiesText({ [credentials.username]: credentials.password }), { mode: 0o600 })
  const module = 'org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule'
  await writeFile(connectLogin, `KafkaConnect {\n  ${module} required file="${connectUsers}";\n};\n`, { mode: 0o600 })
}

/** What `worker.properties` has for it. */
export function restProperties({ isSecure }: Secured): Readonly<Record<string, string>> {
  if (isSecure !== true) return {}
  const extension = 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension'
  return { 'rest.extension.classes': extension }
}

export function restJvmOptions(record: Secured): readonly string[] {
  return record.isSecure === true ? [`-Djava.security.auth.login.config=${secureFiles(record).connectLogin}`] : []
}
