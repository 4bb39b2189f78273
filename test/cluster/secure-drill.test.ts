import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DrillPrinted } from './support/drill-printed.ts'
import { MachineRoom } from './support/machine-room.ts'
import { commandLines } from './support/shown.ts'

// The drill on secured clusters, as a user types it. Secrets are looked for in everything that it prints, writes and starts.

let room: MachineRoom

beforeEach(() => {
  room = new MachineRoom()
})
afterEach(async () => {
  await room.remove()
})

it('drill --sandbox --secure passes with exactly the documented rights, and shows no secret to anybody', async () => {
  const drill = room.start([
    'drill',
    '--sandbox',
    '--secure',
    '--measure-rpo',
    '--steady',
    '1s',
    '--hold',
    '1s',
    '--canary-interval', // TLS costs: on two busy cores the observer is slower than the default
    '250ms',
    '-o',
    'json',
  ])
  let commands = ''
  const watch = setInterval(() => (commands += commandLines()), 1_000)
  await drill.says('waiting for a steady state')
  const [sandbox = ''] = readdirSync(room.folder).filter((name) => name.startsWith('georep-sandbox-'))
  const folder = join(room.folder, sandbox, 'secure')
  const files = readdirSync(folder)
  const modes = files.map((file) => statSync(join(folder, file)).mode & 0o777)
  const secrets = files
    .filter((file) => file.endsWith('.password'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
  const config = readFileSync(join(room.folder, 'state', 'georep', 'sandbox', `${/drill-[a-z0-9]+/.exec(sandbox)?.[0] ?? ''}.yaml`), 'utf8') // prettier-ignore
  const { code, out, err } = await drill.ended
  clearInterval(watch)
  room.expectEmpty()
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('killing "east" with SIGKILL') as string })
  expect((JSON.parse(out) as DrillPrinted).data).toMatchObject({ verdict: 'pass', otherMirrors: { count: 1 } })

  expect(secrets).toHaveLength(3)
  expect(new Set(modes)).toEqual(new Set([0o600]))
  expect(config).toContain(`\${file:${join(folder, 'georep.password')}}`)
  expect(commands).toContain('kafka.Kafka')
  const records = room.records().map((file) => readFileSync(file, 'utf8'))
  const seen = [out, err, config, commands, ...records].join('\n')
  for (const secret of secrets) expect(seen.includes(secret), 'a secret is shown').toBe(false)
})
