import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { capturedContext } from '../../../test/support/context.ts'
import { secretsIn, sourceFenceOf } from './fence-hook.ts'

const never = new AbortController().signal
const env = { PATH: process.env['PATH'], KEPT: 'kept' }
const kill = (pid: number, signal: NodeJS.Signals | 0): void => { process.kill(pid, signal) } // prettier-ignore
const run = async (command: string, signal = never, secrets: readonly string[] = []): Promise<string> => {
  const captured = capturedContext({ env, kill, cwd: tmpdir() })
  const fence = sourceFenceOf({ how: 'hook', command }, 'east-west', secrets, captured.context)
  if (fence.how !== 'hook') throw new Error(fence.how)
  await fence.run('fence', ['orders', 'pay ments'], { signal }).finally(() => shown.push(captured.err()))
  return captured.err()
}
const shown: string[] = []

describe('the hook of a fence', () => {
  it('is a command of the shell that is told what to do, with the environment of georep', async () => {
    const told = await run('echo "$GEOREP_ACTION $GEOREP_LINK $KEPT" | tr a-z A-Z; echo "$GEOREP_TOPICS" >&2')
    expect(told).toBe('  hook: FENCE EAST-WEST KEPT\n  hook: orders\n  hook: pay ments\n')
  })

  it('may not show secrets of georep.yaml, nor obey the terminal', async () => {
    const told = await run('printf "a s3cret\\nof two lines b\\033[2J\\n"', never, ['', 's3cret\nof two lines'])
    expect(told).toContain('a (secret) b')
    expect(told).not.toContain('\u001b')
  })

  it.each([
    ['exit 3', 'has exited with 3'],
    ['kill -TERM $$', 'was ended by SIGTERM'],
    ['georep-no-such-command', 'has exited with 127'],
  ])('fails with what it has shown: %s', async (command, how) => {
    await expect(run(`echo before; ${command}`)).rejects.toMatchObject({ kind: 'failed', code: 'GR-FENCE-HOOK', message: expect.stringContaining(how) as string }) // prettier-ignore
    expect(shown.at(-1)).toContain('hook: before')
  })

  it('is killed with all that it has started when it is not wanted any more', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'georep-hook-'))
    try {
      const stop = new AbortController()
      const running = run(`(echo > ${folder}/begun; sleep 1; echo > ${folder}/late) & wait`, stop.signal)
      while (!existsSync(join(folder, 'begun'))) await sleep(10)
      stop.abort(new Error('not wanted'))
      await expect(running).rejects.toThrow('not wanted')
      await sleep(1_500)
      expect(existsSync(join(folder, 'late'))).toBe(false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('ends although something that it has left in the background holds its output', async () => {
    expect(await run('sleep 30 & echo done')).toBe('  hook: done\n')
  })
})

it('takes everything in the settings of a cluster for a secret that is not known to be none', () => {
  const sasl = { mechanism: 'PLAIN', username: 'u', password: 'p', count: 3 }
  expect(secretsIn([{ sasl, tls: { ca: 'A', key: 'K', isHostnameChecked: true } }, { sasl: undefined, tls: undefined }])).toEqual(['p', 'K']) // prettier-ignore
  const tokens = { token: async () => await Promise.resolve('t') }
  const oauth = { mechanism: 'OAUTHBEARER', tokens, clientSecret: 's', extensions: { traceId: 'e' } }
  expect(secretsIn([{ sasl: oauth, tls: { pfx: Buffer.from('f'), passphrase: 'q' } }])).toEqual(['s', 'e', 'q'])
  const connect = {
    settings: { url: 'https://c', credentials: { username: 'u', password: 'r' }, tls: { ca: ['A'], key: 'L' } },
  }
  expect(secretsIn([], connect)).toEqual(['r', 'L'])
})
