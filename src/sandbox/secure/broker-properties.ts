import { readFile } from 'node:fs/promises'
import type { SandboxRecord } from '../record.ts'
import { brokerPrincipal, secureFiles } from './places.ts'

/** The listener for clients. Brokers speak to each other over one of their own, where only their certificate is let in. */
export const clientListener = 'CLIENT'
export const internalListener = 'INTERNAL'

const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'

/**
 * What `server.properties` has for TLS, SCRAM and an authorizer.
 *
 * @param listeners those where clients come in
 */
export async function secureProperties(
  record: SandboxRecord,
  listeners: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const files = secureFiles(record)
  const logins = listeners.map((name) => [`listener.name.${name.toLowerCase()}.scram-sha-512.sasl.jaas.config`, scram])
  const asked = [internalListener, 'CONTROLLER'].map((name) => [
    `listener.name.${name.toLowerCase()}.ssl.client.auth`,
    'required',
  ])
  return {
    'inter.broker.listener.name': internalListener,
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': files.keyStore,
    'ssl.keystore.password': await readFile(files.keyStorePassword, 'utf8'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': files.ca,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `${brokerPrincipal};User:admin`,
    ...(Object.fromEntries([...logins, ...asked]) as Record<string, string>),
  }
}
