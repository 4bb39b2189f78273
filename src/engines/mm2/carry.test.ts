import { expect, it } from 'vitest'
import type { SourceConnector } from './connector.ts'
import { haveEnded } from './carry.ts'

const one = { state: 'RUNNING', workerId: 'w:8083', trace: undefined } as const
const task = { id: 0, ...one }
const as = (state: 'RUNNING' | 'STOPPED', tasks: SourceConnector['tasks'] = []): Pick<SourceConnector, 'connector' | 'tasks'> => ({ connector: { ...one, state }, tasks }) // prettier-ignore

it.each([
  ['is not over while a task is told of', as('STOPPED', [task]), true, 60_000, false],
  ['is over when the connector says so', as('STOPPED'), false, 0, true],
  ['is over without tasks where brokers refuse one that comes late', as('RUNNING'), true, 0, true],
  ['is not over at once where none does', as('RUNNING'), false, 5_000, false],
  ['is over by and by, whatever the connector waits for', as('RUNNING'), false, 6_000, true],
] as const)('what was told to stop %s', (_, seen, isRefusable, waitedMs, expected) => {
  expect(haveEnded(seen, isRefusable, waitedMs)).toBe(expected)
})
