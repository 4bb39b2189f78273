import { expect, it } from 'vitest'
import { verdictOf } from '../core/outcome.ts'
import { ExitCode, exitCodeOfError, exitCodeOfVerdict } from './exit.ts'

// The numbers are an interface: scripts and runbooks of operators decide on them.

it('never renumbers', () => {
  expect(ExitCode).toEqual({
    ok: 0,
    failed: 1,
    usage: 2,
    limitMissed: 3,
    unknown: 4,
    refused: 5,
    incomplete: 6,
    conflict: 7,
    timedOut: 8,
    interrupted: 130,
    terminated: 143,
  })
})

it('tells each kind of error by its code', () => {
  expect(exitCodeOfError).toEqual({
    usage: 2,
    config: 2,
    refused: 5,
    unsupported: 5,
    conflict: 7,
    unreachable: 1,
    denied: 1,
    failed: 1,
    unknown: 4,
    incomplete: 6,
    timedOut: 8,
    interrupted: 130,
  })
})

it('tells each verdict by its code', () => {
  expect(exitCodeOfVerdict).toEqual({ done: 0, failed: 1, refused: 5, unknown: 4, incomplete: 6, timedOut: 8 })
})

it('is 0 only when everything asked for holds', () => {
  const why = 'because'
  expect(exitCodeOfVerdict[verdictOf([{ kind: 'applied' }, { kind: 'unchanged', why }])]).toBe(0)
  expect(exitCodeOfVerdict[verdictOf([{ kind: 'applied' }, { kind: 'pending', why }])]).toBe(8)
  expect(exitCodeOfVerdict[verdictOf([{ kind: 'applied' }, { kind: 'unknown', why }])]).toBe(4)
})
