import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ClusterSettings } from '../../kafka/settings.ts'
import type { SandboxRecord } from '../record.ts'
import { secureFiles, type User, usersOf } from './places.ts'

export type Access = Pick<ClusterSettings, 'tls' | 'sasl'>

/** With what a client comes in as that user; nothing is needed where the sandbox is not secured. */
export async function accessOf(record: Pick<SandboxRecord, 'folder' | 'isSecure'>, user: User): Promise<Access> {
  if (record.isSecure !== true) return { tls: undefined, sasl: undefined }
  const files = secureFiles(record)
  const [ca, password] = await Promise.all([readFile(files.ca, 'utf8'), readFile(files.password[user], 'utf8')])
  return {
    tls: { ca, cert: undefined, key: undefined, isHostnameChecked: true },
    sasl: { mechanism: 'SCRAM-SHA-512', username: user, password },
  }
}

/** The entries of georep.yaml that let georep in: where the secrets are, not what they are. */
export function entriesOf(record: Pick<SandboxRecord, 'folder' | 'isSecure'>): object {
  if (record.isSecure !== true) return {}
  const { ca, password } = secureFiles(record)
  return {
    tls: { ca },
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'georep', password: `\${file:${password.georep}}` },
  }
}

/** With what clients of connectors come in that are not to be georep: `sasl.jaas.config`, with a reference that the workers look up. */
export function mirrormakerLogin(record: Pick<SandboxRecord, 'folder'>): string {
  const { folder, password } = secureFiles(record)
  const module = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  return `${module} required username="mirrormaker" password="\${directory:${folder}:${basename(password.mirrormaker)}}";`
}

/** Arguments of `kafka-storage format` that make the users. They hold the passwords: for a file, never for a command line. */
export async function scramArguments(
  record: Pick<SandboxRecord, 'folder' | 'isSecure' | 'connect'>,
): Promise<readonly string[]> {
  if (record.isSecure !== true) return []
  const { password } = secureFiles(record)
  const users = usersOf(record).map(async (user) => {
    const own = await readFile(password[user], 'utf8')
    return ['--add-scram', `SCRAM-SHA-512=[name=${user},iterations=4096,password=${own}]`]
  })
  return (await Promise.all(users)).flat()
}
