import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const script = `
import { homedir, hostname, tmpdir } from 'node:os'
const { systemTime } = await import(process.env.DIST + '/cli/system-time.js')
const { systemProcesses } = await import(process.env.DIST + '/sandbox/system-processes.js')
const { upSandbox } = await import(process.env.DIST + '/sandbox/up.js')
let ids = 0
const deps = {
  env: process.env, home: homedir(), platform: process.platform, hostname: hostname(), tempFolder: tmpdir(), pid: process.pid,
  time: systemTime, newId: () => process.env.ID + (ids++).toString(),
  self: [process.execPath, process.env.DIST + '/bin.js'],
  processes: systemProcesses(process.platform, (pid, signal) => process.kill(pid, signal)),
}
const clusters = [{ name: 'east', region: 'us-east-1' }]
const report = (text) => console.log('report ' + text)
const sandbox = await upSandbox({ name: process.env.NAME, clusters, isOwned: true, report }, deps, { signal: AbortSignal.timeout(60_000) })
const { spawn } = await import('node:child_process')
spawn('sleep', ['600'], { detached: true, stdio: 'ignore', env: { ...process.env, ...sandbox.environmentFor('runner') } }).unref()
console.log('up ' + sandbox.folder)
setInterval(() => undefined, 1_000)
`

/** A process of its own that starts a sandbox, with a companion process, and then only lives. Resolves at a line it prints. */
export async function startOwner(
  env: Readonly<Record<string, string>>,
  untilLine: (line: string) => boolean,
): Promise<{ readonly process: ChildProcess; readonly line: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, DIST: new URL('../../../dist', import.meta.url).pathname, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the owner ended with ${String(code)}`)
  })
  const found = (async () => {
    for await (const line of createInterface({ input: child.stdout })) if (untilLine(line)) return line
    throw new Error('the owner said nothing of the kind')
  })()
  ended.catch(() => undefined)
  return { process: child, line: await Promise.race([found, ended]) }
}
