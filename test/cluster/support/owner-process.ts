import { spawn } from 'node:child_process'
import { upSandbox } from '../../../src/sandbox/up.ts'
import { machine } from './sandbox-deps.ts'

// Run by owner.ts in a process of its own.

let ids = 0
const { NAME: name = '', ID: id = '', ROOT: root = '' } = process.env
const deps = { ...machine(), packageFolder: root, newId: () => `${id}${(ids++).toString()}` }
const clusters = [{ name: 'east', region: 'us-east-1' }]
const report = (text: string): void => {
  console.log(`report ${text}`)
}
const sandbox = await upSandbox({ name, clusters, isOwned: true, report }, deps, { signal: AbortSignal.timeout(60_000) }) // prettier-ignore
const env = { ...process.env, ...sandbox.environmentFor('runner') }
spawn('sleep', ['600'], { detached: true, stdio: 'ignore', env }).unref()
console.log(`up ${sandbox.folder}`)
setInterval(() => undefined, 1_000)
