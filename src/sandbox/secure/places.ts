import { join } from 'node:path'
import type { SandboxRecord } from '../record.ts'

const always = ['admin', 'georep'] as const
const besideConnect = ['connect', 'mirrormaker'] as const

/**
 * Who may come in: the administrator, whom no ACL binds, and others, who may do what was granted: georep, the workers of Kafka Connect, and the clients of
 * connectors that are told to.
 */
export type User = (typeof always)[number] | (typeof besideConnect)[number]

export function usersOf({ connect }: Pick<SandboxRecord, 'connect'>): readonly User[] {
  return connect === undefined ? always : [...always, ...besideConnect]
}

/** What each broker is to the others, by the name in its certificate. Nobody else has one. */
export const brokerPrincipal = 'User:CN=broker'

/** Files of a sandbox with TLS, SCRAM and an authorizer. All of them are for the user who started it alone. */
export interface SecureFiles {
  readonly folder: string
  /** The certificate of the sandbox's own authority, PEM. */
  readonly ca: string
  /** Key and certificate of the brokers, PKCS 12. */
  readonly keyStore: string
  readonly keyStorePassword: string
  readonly password: Readonly<Record<User, string>>
  /** Who may come in to Kafka Connect's REST interface, and what tells its workers of that file. */
  readonly connectUsers: string
  readonly connectLogin: string
  /** For Kafka's own tools: `--command-config`. */
  readonly clientProperties: Readonly<Record<User, string>>
}

export function secureFiles({ folder: sandbox }: Pick<SandboxRecord, 'folder'>): SecureFiles {
  const folder = join(sandbox, 'secure')
  return {
    folder,
    ca: join(folder, 'ca.pem'),
    keyStore: join(folder, 'broker.p12'),
    keyStorePassword: join(folder, 'broker.p12.password'),
    password: {
      admin: join(folder, 'admin.password'),
      georep: join(folder, 'georep.password'),
      connect: join(folder, 'connect.password'),
      mirrormaker: join(folder, 'mirrormaker.password'),
    },
    connectUsers: join(folder, 'connect.users'),
    connectLogin: join(folder, 'connect.login'),
    clientProperties: {
      admin: join(folder, 'admin.properties'),
      georep: join(folder, 'georep.properties'),
      connect: join(folder, 'connect.properties'),
      mirrormaker: join(folder, 'mirrormaker.properties'),
    },
  }
}
