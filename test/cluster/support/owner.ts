import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bundled } from '../../support/bundle.ts'

const root = join(import.meta.dirname, '../../..')

/** A process of its own that starts a sandbox, with a companion process, and then only lives. Resolves at a line it prints. */
export async function startOwner(
  env: Readonly<Record<string, string>>,
  untilLine: (line: string) => boolean,
): Promise<{ readonly process: ChildProcess; readonly line: string }> {
  const { file, remove } = bundled(join(import.meta.dirname, 'owner-process.ts'))
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, ROOT: root, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) => {
    remove()
    throw new Error(`the owner ended with ${String(code)}`)
  })
  const found = (async () => {
    for await (const line of createInterface({ input: child.stdout })) if (untilLine(line)) return line
    throw new Error('the owner said nothing of the kind')
  })()
  ended.catch(() => undefined)
  return { process: child, line: await Promise.race([found, ended]) }
}
