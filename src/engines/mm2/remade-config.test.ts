import { describe, expect, it } from 'vitest'
import { remadeConfig } from './remade-config.ts'

const now = { name: 'a', topics: '^orders$', 'tasks.max': '4', 'exactly.once.support': 'required', 'source.cluster.bootstrap.servers': 'new:9092' } // prettier-ignore
const nothing: ReadonlySet<string> = new Set()

describe('a connector that is made anew', () => {
  it('keeps what was set of it, and is told of its mirrors and clusters as they are now', () => {
    const had = { ...now, topics: '^$', 'tasks.max': '8', 'offset.lag.max': '7', 'source.cluster.bootstrap.servers': 'old:9092', 'source.cluster.ssl.truststore.type': 'PEM' } // prettier-ignore
    expect(remadeConfig('source', now, { had, said: nothing })).toEqual({
      config: { ...now, 'tasks.max': '8', 'offset.lag.max': '7' },
      kept: ['offset.lag.max', 'tasks.max'],
      replaced: ['source.cluster.bootstrap.servers', 'source.cluster.ssl.truststore.type'],
    })
  })

  it('has what is said of it now, and what it could not have before', () => {
    const had = { name: 'a', topics: '^orders$', 'tasks.max': '8', 'source.cluster.bootstrap.servers': 'new:9092' }
    expect(remadeConfig('source', now, { had, said: new Set(['tasks.max']) })).toEqual({ config: now, kept: [], replaced: [] }) // prettier-ignore
  })

  it('is not made less than it was unseen: workers that cannot do it any more refuse it', () => {
    const { 'exactly.once.support': _, ...less } = now
    expect(remadeConfig('source', less, { had: now, said: nothing })).toMatchObject({ config: now, kept: ['exactly.once.support'] }) // prettier-ignore
  })

  it.each([
    ['source', ['kept']],
    ['returnHeartbeat', ['replaced']],
  ] as const)('of the role %s has its producer by the operator, or by georep.yaml', (role, [where]) => {
    const had = { ...now, 'producer.override.linger.ms': '5' }
    expect(remadeConfig(role, now, { had, said: nothing })[where]).toEqual(['producer.override.linger.ms'])
  })
})
