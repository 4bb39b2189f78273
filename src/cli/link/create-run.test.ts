import { expect, it } from 'vitest'
import { mm2Link } from '../../../test/support/mm2-target.ts'
import { settingsForgotten } from './create-run.ts'

const source = { role: 'source', name: 'georep.east-west.source', config: {} } as const
const planOf = (does: 'create' | 'none', existing: ReturnType<typeof mm2Link> | undefined): Parameters<typeof settingsForgotten>[0] => ({
  existing,
  connectors: { url: 'http://connect:8083', version: '4.3.1', isExactlyOnce: true, connectors: [{ ...source, does }] },
}) // prettier-ignore

it('what was set of a connector that somebody has deleted is said to be forgotten when another is made in its place', () => {
  expect(settingsForgotten(planOf('create', mm2Link('http://connect:8083')))).toContain('Kafka Connect had no "georep.east-west.source": only what this command sets is set') // prettier-ignore
  expect(settingsForgotten(planOf('create', undefined))).toBeUndefined()
  expect(settingsForgotten(planOf('none', mm2Link('http://connect:8083')))).toBeUndefined()
})
