import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'
import type { Context, Io } from '../../src/cli/context.ts'
import type { ExitCode } from '../../src/cli/exit.ts'
import type { Perform } from '../../src/cli/wiring.ts'
import { expectPublished } from './published.ts'

export interface Captured {
  readonly context: Context
  readonly out: () => string
  readonly err: () => string
}

/** A context without a terminal, whose output is kept. It has no environment and an empty home unless given. */
export function capturedContext(
  overrides: Partial<Omit<Context, 'io'>> & { readonly io?: Partial<Io> } = {},
): Captured {
  let out = ''
  let err = ''
  let ids = 0
  const { io, ...rest } = overrides
  const context: Context = {
    env: {},
    cwd: '/nowhere',
    home: '/nowhere/home',
    tempFolder: '/nowhere/tmp',
    platform: 'linux',
    hostname: 'test',
    user: 'tester',
    pid: 1,
    kill: (pid) => {
      throw new Error(`nobody expected a signal to ${pid.toString()}`)
    },
    time: {
      now: () => new Date('2026-01-02T03:04:05.000Z'),
      monotonic: () => 0,
      wait: async (_ms, signal) => {
        signal.throwIfAborted()
        await Promise.resolve()
      },
    },
    signal: new AbortController().signal,
    newId: () => `id${(ids++).toString()}`,
    version: '0.0.0',
    self: ['node', 'georep'],
    packageFolder: join(import.meta.dirname, '../..'),
    ...rest,
    io: {
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
      isOutGone: () => false,
      canPrompt: false,
      ask: async () => await Promise.reject(new Error('nobody expected a question')),
      isErrTerminal: false,
      hasColor: false,
      columns: undefined,
      rows: () => undefined,
      ...io,
    },
  }
  return { context, out: () => out, err: () => err }
}

export interface Ran {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

/** One command in this process. What it prints as JSON has to be as published. */
export async function run(argv: readonly string[], overrides?: Parameters<typeof capturedContext>[0]): Promise<Ran> {
  const { context, out, err } = capturedContext(overrides)
  const code = await main(argv, context)
  expectPublished(argv, out())
  return { code, out: out(), err: err() }
}

/** One command up to the point where it would be run: its options, or `undefined` when it did not come that far. */
export async function parsed(argv: readonly string[]): Promise<Ran & { readonly options: unknown }> {
  const { context, out, err } = capturedContext()
  let options: unknown
  const perform: Perform = async (_load, given) => {
    options = given
    await Promise.resolve()
  }
  const code = await main(argv, context, perform)
  return { code, out: out(), err: err(), options }
}
