import { expect, it } from 'vitest'
import { failuresOf, reasonFrom } from './connector-failures.ts'

it('a connector, or a task of it, that has FAILED is told of; one that runs, is STOPPED or was never started is not', () => {
  const task = (id: number, state: string, trace?: string) => ({ id, state, workerId: 'w', trace })
  const status = (state: string, ...tasks: readonly ReturnType<typeof task>[]) => ({ connector: { state, workerId: 'w', trace: 'a.b.KeyError: no key' }, tasks }) as unknown as Parameters<typeof failuresOf>[1] // prettier-ignore
  expect(failuresOf('mm2', status('FAILED', task(0, 'RUNNING')))).toEqual(['connector "mm2" has FAILED: KeyError: no key']) // prettier-ignore
  expect(failuresOf('mm2', status('RUNNING', task(0, 'RUNNING'), task(1, 'FAILED')))).toEqual(['task 1 of connector "mm2" has FAILED: it does not say why']) // prettier-ignore
  expect(failuresOf('mm2', status('STOPPED'))).toEqual([])
  expect(failuresOf('mm2', undefined)).toEqual([])
})

it('of a trace the first line and the last cause are told, without packages and places', () => {
  const trace =
    'org.apache.kafka.connect.errors.ConnectException: Failed to flush\n\tat a.b.C.d(C.java:1)\nCaused by: a.b.OtherException: other\n\tat x\nCaused by: org.apache.kafka.common.errors.RecordTooLargeException: too large\n\tat y'
  expect(reasonFrom(trace)).toBe('ConnectException: Failed to flush: RecordTooLargeException: too large')
  expect(reasonFrom('plain')).toBe('plain')
  expect(reasonFrom('')).toBeUndefined()
})
