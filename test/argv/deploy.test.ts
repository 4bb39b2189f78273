import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ExitCode } from '../../src/cli/exit.ts'
import { parsed } from '../support/context.ts'

// What is under deploy/ is run by others: its command lines are ours to keep right.

const root = join(import.meta.dirname, '../..')
const text = (name: string): string => readFileSync(join(root, 'deploy', name), 'utf8')
const unit = text('georep@.service')
const dockerfile = text('Dockerfile')

/** The values of a setting of the unit, in order. */
function settings(name: string): readonly string[] {
  return unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))
}

it('the unit runs a command that there is', async () => {
  const environment = new Map(settings('Environment').map((pair) => pair.split('=', 2) as [string, string]))
  const [command, ...argv] = settings('ExecStart')[0]!
    .replaceAll('%i', 'east-west')
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => environment.get(name) ?? '')
    .split(' ')
  expect(command).toBe('georep')
  const { code, options } = await parsed(argv)
  expect({ code, options }).toMatchObject({ code: 0, options: { name: 'east-west', metrics: { host: '127.0.0.1', port: 9464 } } }) // prettier-ignore
})

it('the unit gives it the time that it may need to stop, and is not restarted for what does not pass', () => {
  // Draining, the last heartbeat, and giving the lock back.
  expect(Number(settings('TimeoutStopSec')[0])).toBeGreaterThan(15 + 8 + 3)
  expect(settings('RestartPreventExitStatus')).toEqual([`${ExitCode.usage} ${ExitCode.conflict}`])
  expect(settings('SuccessExitStatus')).toEqual([String(ExitCode.terminated)])
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
it.runIf(hasSystemd)('systemd finds nothing to say about the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'georep-unit-'))
  try {
    const file = join(folder, 'georep@east-west.service')
    // It looks for the command, which need not be installed here.
    writeFileSync(file, unit.replace('ExecStart=georep ', 'ExecStart=/bin/true '))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    const said = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('georep'))
    expect({ status, said }).toEqual({ status: 0, said: [] })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('the container is run with a command that there is, on the port that its health is asked at', async () => {
  const example = /^# docker run [^]*?\sgeorep \\\n# +(.*)$/m.exec(dockerfile)![1]!
  const { code, options } = await parsed(example.split(' '))
  expect({ code, options }).toMatchObject({ code: 0, options: { name: 'east-west', logFormat: 'json', metrics: { port: 9464 } } }) // prettier-ignore
  expect(dockerfile).toContain('GEOREP_HEALTH=http://127.0.0.1:9464/healthz')
  expect(dockerfile).toContain('EXPOSE 9464\n')
})

it('the container is made of pinned versions, is not root, and has what it copies', () => {
  expect(dockerfile).toMatch(/^ARG NODE_VERSION=\d+\.\d+\.\d+$/m)
  const stages = dockerfile.split(/^FROM /m)
  expect(stages).toHaveLength(3)
  expect(stages.at(-1)).not.toMatch(/\bnpm (ci|install|run)\b|apt-get/)
  expect(stages.at(-1)).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m)
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names]) => names!.split(' '))
  const allowed = new Set(text('Dockerfile.dockerignore').split('\n').flatMap((line) => line.startsWith('!') ? [line.slice(1)] : [])) // prettier-ignore
  expect(new Set(copied)).toEqual(allowed)
  // What the program reads of its package, but for what the sandbox is made of.
  const inImage = [...stages.at(-1)!.matchAll(/^COPY (?:--from=build \/build\/)?(\S+) \S+$/gm)].map(([, name]) => name)
  expect(inImage).toEqual(['package.json', 'bin', 'dist', 'runbooks'])
})
