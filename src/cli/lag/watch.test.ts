import { describe, expect, it } from 'vitest'
import { capturedContext } from '../../../test/support/context.ts'
import { fakeTime, settled } from '../../../test/support/fake-time.ts'
import { GeorepError } from '../../core/errors.ts'
import type { Context, Io } from '../context.ts'
import { ExitCode } from '../exit.ts'
import type { LagFormat } from './lag-options.ts'
import { rowsThatFit, watchRounds, type Watch } from './watch.ts'

const escape = '\u001b'
const interrupted = new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted')
const gone = new GeorepError('unreachable', 'GR-GONE', 'cluster "west" does not answer')

/** A watch whose rounds do one thing after the other, and then print "more". */
function watched(
  rounds: readonly ((io: Io) => ExitCode | undefined)[],
  { output = 'table', rows }: { readonly output?: LagFormat; readonly rows?: number } = {},
): {
  readonly code: Promise<ExitCode>
  readonly time: ReturnType<typeof fakeTime>
  readonly end: (reason: unknown) => void
  readonly out: () => string
  readonly err: () => string
  readonly failures: () => number
} {
  const time = fakeTime(Date.UTC(2026, 0, 2))
  const control = new AbortController()
  let [count, failures] = [0, 0]
  const { context, out, err } = capturedContext({ time, signal: control.signal, io: { rows: () => rows } })
  const watch: Watch = {
    everyMs: 5_000,
    output,
    round: async (io) => {
      const next = rounds[count++]
      await Promise.resolve()
      if (next !== undefined) return next(io)
      io.out('more\n')
      return undefined
    },
    onFailure: async () => {
      failures++
      await Promise.resolve()
    },
  }
  const code = watchRounds(watch, context satisfies Context)
  code.catch(() => undefined)
  const end = (reason: unknown): void => { control.abort(reason) } // prettier-ignore
  return { code, time, end, out, err, failures: () => failures }
}

const says = (text: string) => (io: Io) => {
  io.out(`${text}\n`)
  return undefined
}
const fails = (error: Error) => () => {
  throw error
}

describe('watchRounds', () => {
  it('goes on every so often until Ctrl-C, which is 130, and says nothing about it', async () => {
    const { code, time, end, out, err } = watched([says('one'), says('two')])
    await settled()
    await time.pass(4_999)
    expect(out()).toContain('one\n')
    expect(out()).not.toContain('two')
    await time.pass(1)
    await time.pass(5_000)
    end(interrupted)
    await expect(code).resolves.toBe(ExitCode.interrupted)
    expect(out()).toBe(
      ['2026-01-02T00:00:00.000Z', '2026-01-02T00:00:05.000Z', '2026-01-02T00:00:10.000Z']
        .map((at, index) => `${at}, every 5.00 s, Ctrl-C ends\n\n${['one', 'two', 'more'][index] ?? ''}\n`)
        .join('\n'),
    )
    expect(err()).toBe('')
  })

  it.each([
    ['json', 'one\ntwo\n'],
    ['yaml', 'one\n---\ntwo\n'],
    ['tsv', 'one\n\ntwo\n'],
  ] as const)('as %s is one document a round', async (output, expected) => {
    const { code, time, end, out } = watched([says('one'), says('two')], { output })
    await settled()
    await time.pass(5_000)
    end(interrupted)
    await code
    expect(out()).toBe(expected)
  })

  it('on a terminal each round takes the place of the one before, and what is said comes below', async () => {
    const both = (io: Io): undefined => {
      io.err('talk\n')
      io.out('one\n')
    }
    const { code, time, end, out, err } = watched([both, says('two')], { rows: 24 })
    await settled()
    await time.pass(5_000)
    end(interrupted)
    await code
    const frames = out().split(`${escape}[H`)
    expect(frames[0]).toBe(`${escape}[2J`)
    expect(frames.slice(1)).toHaveLength(2)
    for (const [index, word] of ['one', 'two'].entries()) {
      expect(frames[index + 1]).toMatch(new RegExp(`Ctrl-C ends.*\\n.*\\n${word}${escape}\\[K\\n${escape}\\[J$`))
    }
    expect(err()).toBe('talk\n')
    // What is no table is not drawn.
    const json = watched([says('one')], { rows: 24, output: 'json' })
    await settled()
    json.end(interrupted)
    await json.code
    expect(json.out()).toBe('one\n')
  })

  it('ends when whoever read it is gone', async () => {
    const { context, out } = capturedContext({ io: { isOutGone: () => out().includes('two') } })
    let count = 0
    const round = async (io: Io): Promise<undefined> => {
      io.out(['one\n', 'two\n', 'three\n'][count++] ?? '')
      await Promise.resolve(undefined)
    }
    const ended = watchRounds({ everyMs: 5_000, output: 'json', round, onFailure: () => Promise.resolve() }, context)
    await expect(ended).resolves.toBe(ExitCode.ok)
    expect(out()).toBe('one\ntwo\n')
  })

  it('a round whose answer ends it does, with that code', async () => {
    const { code, time, out } = watched([says('one'), () => ExitCode.limitMissed])
    await settled()
    await time.pass(5_000)
    await expect(code).resolves.toBe(ExitCode.limitMissed)
    expect(out()).not.toContain('more')
  })

  it('a round that fails for want of an answer is said, takes back what was told, and the next one tries again', async () => {
    const { code, time, end, out, err, failures } = watched([says('one'), fails(gone), says('three')])
    await settled()
    await time.pass(5_000)
    expect(failures()).toBe(1)
    await time.pass(5_000)
    end(interrupted)
    await expect(code).resolves.toBe(ExitCode.interrupted)
    expect(out()).toContain('three\n')
    expect(err()).toBe('warning: nothing could be seen: cluster "west" does not answer\n')
  })

  it('the first round has to succeed, and what cannot pass by itself ends it at any time', async () => {
    await expect(watched([fails(gone)]).code).rejects.toBe(gone)
    const refused = new GeorepError('refused', 'GR-WRONG-CLUSTER', 'another cluster')
    for (const error of [refused, new TypeError('a bug')]) {
      const later = watched([says('one'), fails(error)])
      await settled()
      await later.time.pass(5_000)
      await expect(later.code).rejects.toBe(error)
    }
    const stopped = new GeorepError('failed', 'GR-BUG', 'stopped by a bug')
    const other = watched([says('one')])
    await settled()
    other.end(stopped)
    await expect(other.code).rejects.toBe(stopped)
  })

  it('a round that takes longer than the interval is followed by the next one at once', async () => {
    const { code, time, end, out } = watched([says('one')])
    const slow = watched([() => undefined])
    await settled()
    await time.pass(60_000)
    await time.pass(0)
    expect(out()).toContain('more')
    end(interrupted)
    slow.end(interrupted)
    await Promise.all([code, slow.code])
  })
})

describe('rowsThatFit', () => {
  it.each([
    [24, { mirrors: 100, groups: 100 }, { mirrors: 8, groups: 7 }],
    [24, { mirrors: 3, groups: 100 }, { mirrors: 3, groups: 12 }],
    [24, { mirrors: 100, groups: 2 }, { mirrors: 13, groups: 2 }],
    [24, { mirrors: 100, groups: 0 }, { mirrors: 17, groups: 0 }],
    [24, { mirrors: 2, groups: 2 }, { mirrors: 2, groups: 2 }],
    [3, { mirrors: 9, groups: 9 }, { mirrors: 1, groups: 1 }],
  ])('%i lines, %j', (lines, counts, expected) => {
    expect(rowsThatFit(lines, counts)).toEqual(expected)
  })
})
