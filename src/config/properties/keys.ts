/** Keys of a client's properties that say how it connects; the rest are others' business, such as `max.poll.records`. */
export const isAboutSecurity = (key: string): boolean =>
  /^(?:ssl|sasl|security|config\.providers)(?:\.|$)/.test(key) || key === 'bootstrap.servers'

/** Known, and without a meaning for georep: it renews tokens by itself, and it is the brokers who check them. */
const withoutMeaning =
  /^(?:ssl\.protocol|ssl\.(?:trust|key)manager\.algorithm|ssl\.secure\.random\.implementation|sasl\.kerberos\..+|sasl\.login\.(?:refresh|connect|read|retry)\..+|sasl\.oauthbearer\.(?:jwks\..+|clock\.skew\.seconds|expected\..+|(?:scope|sub)\.claim\.name|jwt\.validator\.class))$/

const used = new Set([
  'bootstrap.servers',
  'config.providers',
  'security.protocol',
  'sasl.mechanism',
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.client.credentials.client.id',
  'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.scope',
  'sasl.oauthbearer.header.urlencode',
  'sasl.oauthbearer.jwt.retriever.class',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.truststore.certificates',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
  'ssl.enabled.protocols',
])

/** `unknown`: about security, and nothing that georep can do, so that going on would mean something else than what was written. */
export function kindOfKey(key: string): 'used' | 'ignored' | 'unknown' {
  if (used.has(key) || key.startsWith('config.providers.')) return 'used'
  return isAboutSecurity(key) && !withoutMeaning.test(key) ? 'unknown' : 'ignored'
}

/** Whose value is a secret, or has one in it. */
export function isSecretKey(key: string): boolean {
  return isAboutSecurity(key) && /(?:password|secret|jaas\.config|keystore\.key)$/.test(key)
}
