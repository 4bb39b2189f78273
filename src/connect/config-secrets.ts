import type { ConnectorConfig } from './connect-cluster.ts'
import { secretName, shown } from './secrets.ts'

// What of a connector's configuration may be seen. A reference, which a config provider of the worker looks up (KIP-297), is no secret; what stands beside
// one in the same value may be a part of it.

const reference = /^\$\{[^{}]*\}$/
/** Settings that hold a secret and nothing else, or a login module with one. Of fewer than those that are not printed. */
const secretKey = /(?:^|[._-])(?:password|passphrase|secret|token|api[._-]?key|keystore\.key|jaas\.config)$/i
const jaasKey = /jaas\.config$/i
/** An option of a login module: name, and value with its quotes. */
const option = /(\w+)(\s*=\s*)("(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|[^\s;"']+)/g

/** The configuration as it may be printed. */
export function redactedConfig(config: ConnectorConfig): ConnectorConfig {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, redacted(key, value)]))
}

/** Whether the value has a secret in it that Kafka Connect would keep, and tell everybody who asks. */
export function hasLiteralSecret(key: string, value: string): boolean {
  if (!secretKey.test(key) || value === '' || reference.test(value)) return false
  if (!jaasKey.test(key)) return true
  const options = secretOptions(value)
  return options.length === 0 || !options.every((one) => reference.test(unquoted(one)))
}

function redacted(key: string, value: string): string {
  if (!secretName.test(key) || value === '' || reference.test(value)) return value
  if (!jaasKey.test(key) || secretOptions(value).length === 0) return shown
  return value.replace(option, (whole, name: string, equals: string, text: string) =>
    secretName.test(name) && !reference.test(unquoted(text)) ? `${name}${equals}"${shown}"` : whole,
  )
}

function secretOptions(jaas: string): readonly string[] {
  return [...jaas.matchAll(option)].flatMap(([, name = '', , value = '']) => (secretName.test(name) ? [value] : []))
}

function unquoted(text: string): string {
  return text.replace(/^(["'])([^]*)\1$/, '$2')
}
