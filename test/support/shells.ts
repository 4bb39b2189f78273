import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whether a command is there. Where it is not, the test that needs it is skipped, and says so. */
export function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

/** Types `keys` into a program on a terminal of its own (util-linux's `script` makes it), until `file` has as many lines as are waited for. Returns them. */
export async function typed(
  command: string,
  keys: string,
  until: { readonly file: string; readonly lines: number; readonly timeoutMs: number },
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.stdin.on('error', () => undefined)
  try {
    child.stdin.write(keys)
    const lines = (): readonly string[] =>
      existsSync(until.file) ? readFileSync(until.file, 'utf8').split('\n').slice(0, -1) : []
    const deadline = performance.now() + until.timeoutMs
    while (lines().length < until.lines && performance.now() < deadline) await sleep(50)
    return lines()
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
}
