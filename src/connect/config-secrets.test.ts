import { describe, expect, it } from 'vitest'
import { hasLiteralSecret, redactedConfig } from './config-secrets.ts'

const scram = (password: string): string => `org.apache.kafka.common.security.scram.ScramLoginModule required username="georep" password=${password};` // prettier-ignore

describe('a secret in a configuration', () => {
  it.each([
    ['ssl.key.password', 'hunter2', true],
    ['source.cluster.ssl.truststore.password', 'x${env:P}', true],
    ['source.cluster.ssl.truststore.password', '${env:P}', false],
    ['ssl.keystore.key', '-----BEGIN PRIVATE KEY-----', true],
    ['sasl.oauthbearer.client.credentials.client.secret', 'hunter2', true],
    ['sasl.oauthbearer.token.endpoint.url', 'https://idp/token', false],
    ['sasl.jaas.config', scram('"hunter2"'), true],
    ['sasl.jaas.config', scram("'hunter2'"), true],
    ['sasl.jaas.config', scram('hunter2'), true],
    ['sasl.jaas.config', scram('"${env:P}"'), false],
    ['sasl.jaas.config', scram('"x${env:P}"'), true],
    ['sasl.jaas.config', '${file:/etc/kafka/jaas:east}', false],
    ['sasl.jaas.config', 'what is this', true],
    ['offset.lag.max', '100', false],
  ])('%s = %s: %s', (key, value, expected) => {
    expect(hasLiteralSecret(key, value)).toBe(expected)
  })

  it('is not printed, and where it comes from is', () => {
    const config = {
      topics: 'orders',
      'a.password': 'hunter2',
      'b.password': '${env:P}',
      'c.jaas.config': scram('"hun\\"ter2"'),
      'd.jaas.config': scram('"${env:P}"'),
      'e.jaas.config': 'hunter2',
      'my.access-token': 'hunter2',
    }
    const shown = redactedConfig(config)
    expect(JSON.stringify(shown)).not.toMatch(/hun|ter2/)
    expect(shown).toMatchObject({
      topics: 'orders',
      'b.password': '${env:P}',
      'c.jaas.config': scram('"(set)"'),
      'd.jaas.config': scram('"${env:P}"'),
    })
  })
})
