export const shown = '(set)'

/** Names of settings whose values are not repeated when a server quotes them; Kafka's own of type PASSWORD are among them. */
export const secretName = /password|secret|jaas|credential|token|passphrase|api[._-]?key|ssl\.keystore\.key/i

/** The values of a connector's configuration that must not stand in an error. References to a config provider are none. */
export function secretsIn(config: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const isReference = /^\$\{[^{}]*\}$/.test(value)
    if (!secretName.test(key) || isReference || value === '') return []
    // Of a login module's options one alone may be quoted.
    const options = [...value.matchAll(/(\w+)="([^"]+)"/g)]
    return [value, ...options.flatMap(([, name = '', inner = '']) => (secretName.test(name) ? [inner] : []))]
  })
}

/** The text without the secrets, as they are and as JSON has them. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const all = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
  // The longest first: one may be a part of another.
  return all
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, shown)), text)
}
