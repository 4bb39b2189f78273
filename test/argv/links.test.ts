import { describe, expect, it } from 'vitest'
import { parsed, run } from '../support/context.ts'

// link, mirror, offset, lag: from argv to options. A usage error ends with 2 before the verb's code is loaded, so that nobody is contacted.

describe('usage errors', () => {
  it.each([
    [['link', 'create'], 'missing required argument "link"'],
    [['link', 'create', 'east'], 'command-argument value "east" is invalid for argument "link"'],
    [['link', 'create', 'East-West'], 'is invalid for argument "link"'],
    [['link', 'create', 'east-west', 'more'], 'too many arguments for "create"'],
    [['link', 'create', 'east-west', '--groups'], 'option "--groups <glob...>" argument missing'],
    [['link', 'create', 'east-west', '--groups', ''], 'Expected the name of a consumer group'],
    [['link', 'run'], 'missing required argument "link"'],
    [['link', 'run', 'east-west', '--memory', '64'], 'Expected a size with a unit'],
    [['link', 'run', 'east-west', '--memory', '1MB'], 'Expected at least 16MB'],
    [['link', 'run', 'east-west', '--groups-interval', '5'], 'Expected a duration with a unit'],
    [['link', 'run', 'east-west', '--groups-interval', '0s'], 'Expected a duration above zero'],
    [['link', 'run', 'east-west', '-o', 'table'], 'unknown option "-o"'],
    [['link', 'describe'], 'missing required argument "link"'],
    [['link', 'list', 'east-west'], 'too many arguments for "list"'],
    [['mirror', 'create', '--link', 'east-west'], 'missing required argument "topic"'],
    [['mirror', 'create', 'orders'], 'required option "--link <link>" not specified'],
    [['mirror', 'create', 'orders', '--lnk', 'east-west'], 'unknown option "--lnk" (did you mean "--link"?)'],
    [['mirror', 'create', 'or/ders', '--link', 'east-west'], 'Expected a topic name'],
    [['mirror', 'create', '..', '--link', 'east-west'], 'Expected a topic name'],
    [['mirror', 'create', 'orders', '--link', 'east'], 'Expected the name of a link'],
    [['mirror', 'list', 'orders'], 'too many arguments for "list"'],
    [['mirror', 'failover', '--link', 'east-west'], 'missing topics, or "--all"'],
    [['mirror', 'failover', 'orders', '--all', '--link', 'east-west'], '"--all" and topics exclude each other'],
    [['mirror', 'failover', '--all'], 'required option "--link <link>" not specified'],
    [['mirror', 'failover', 'orders', '--link', 'east-west', '--timeout', '1x'], 'Expected a duration with a unit'],
    [['mirror', 'failover', 'orders', '--link', 'east-west', '--timeout', '0s'], 'Expected a duration above zero'],
    [['mirror', 'failover', 'orders', '--link', 'east-west', '--max-loss-records', '-1'], 'Expected a whole number'],
    [['mirror', 'failover', 'orders', '--link', 'east-west', '--max-loss-records', '1.5'], 'Expected a whole number'],
    [['mirror', 'failover', 'orders', '--link', 'east-west', '--yes'], 'unknown option "--yes"'],
    [['offset', 'clamp'], 'required option "--link <link>" not specified'],
    [
      ['offset', 'clamp', '--link', 'east-west', '--apply', '--dry-run'],
      '"--dry-run" cannot be used with option "--apply"',
    ],
    [['offset', 'clamp', '--link', 'east-west', '--group', ''], 'Expected the name of a consumer group'],
    [['offset', 'clamp', '--link', 'east-west', 'g'], 'too many arguments for "clamp"'],
    [['lag', 'east-west'], 'too many arguments for "lag"'],
    [['lag', '--link', 'e'], 'Expected the name of a link'],
    [['lag', '-o', 'yaml'], 'Expected table or json'],
  ])('%j', async (argv, message) => {
    const { code, out, err, options } = await parsed(argv)
    expect(err).toContain(message)
    expect(err).toMatch(/^error GR-USAGE: .*\n {2}next: georep .*--help\n$/)
    expect({ code, out, options }).toEqual({ code: 2, out: '', options: undefined })
  })
})

describe('options', () => {
  const globals = { config: undefined, color: true }
  it.each([
    [['link', 'create', 'east-west'], { name: 'east-west', dryRun: false, output: 'table' }],
    [['link', 'create', 'a-b', '--groups', 'x', 'y*', '--groups', 'z'], { name: 'a-b', groups: ['x', 'y*', 'z'], dryRun: false, output: 'table' }],
    [['link', 'run', 'a-b'], { name: 'a-b', memory: 64_000_000, groupsInterval: 5_000 }],
    [['link', 'run', 'a-b', '--memory', '1GiB', '--groups-interval', '500ms'], { name: 'a-b', memory: 1_073_741_824, groupsInterval: 500 }],
    [['link', 'list', '-o', 'json'], { output: 'json' }],
    [['link', 'describe', 'a-b'], { name: 'a-b', output: 'table' }],
    [['mirror', 'create', 'x', 'y', 'x', '--link', 'a-b', '--dry-run'], { topics: ['x', 'y'], link: 'a-b', dryRun: true, output: 'table' }],
    [['mirror', 'list', '--link', 'a-b'], { link: 'a-b', output: 'table' }],
    [
      ['mirror', 'failover', '--link', 'a-b', 'x', 'y', 'x', '--confirm', 'a-b', '--max-loss-records', '9223372036854775807', '--timeout', '2m'],
      { which: { kind: 'topics', topics: ['x', 'y'] }, link: 'a-b', confirm: 'a-b', maxLossRecords: 9223372036854775807n, timeout: 120_000, dryRun: false, wait: false, forceWhileSourceUp: false, unfenced: false, output: 'table' },
    ],
    [
      ['mirror', 'failover', '--all', '--link', 'a-b', '--wait', '--unfenced', '--force-while-source-up', '--dry-run', '-ojson'],
      { which: { kind: 'all' }, link: 'a-b', dryRun: true, wait: true, forceWhileSourceUp: true, unfenced: true, output: 'json' },
    ],
    [['offset', 'clamp', '--link', 'a-b', '--group', 'x', 'y'], { link: 'a-b', group: ['x', 'y'], apply: false, output: 'table' }],
    [['offset', 'clamp', '--link', 'a-b', '--apply', '--confirm', 'a-b'], { link: 'a-b', apply: true, confirm: 'a-b', output: 'table' }],
    [['lag'], { output: 'table' }],
    [['lag', '--link', 'a-b', '-o', 'json'], { link: 'a-b', output: 'json' }],
  ])('%j', async (argv, expected) => {
    const { code, options } = await parsed(argv)
    expect(code).toBe(0)
    expect(options).toEqual({ ...globals, ...expected })
  }) // prettier-ignore
})

describe('a destructive verb that cannot be confirmed is refused before the file is looked for', () => {
  it.each([
    [['mirror', 'failover', 'orders', '--link', 'east-west'], 'GR-CONFIRM-REQUIRED', 'orders'],
    [['mirror', 'failover', 'orders', 'pay', '--link', 'east-west'], 'GR-CONFIRM-REQUIRED', 'east-west'],
    [['mirror', 'failover', '--all', '--link', 'east-west'], 'GR-CONFIRM-REQUIRED', 'east-west'],
    [['mirror', 'failover', '--all', '--link', 'east-west', '--confirm', 'orders'], 'GR-CONFIRM-MISMATCH', 'east-west'],
    [
      ['mirror', 'failover', 'orders', '--link', 'east-west', '--confirm', 'east-west'],
      'GR-CONFIRM-MISMATCH',
      'orders',
    ],
    [['offset', 'clamp', '--link', 'east-west', '--apply'], 'GR-CONFIRM-REQUIRED', 'east-west'],
    [['offset', 'clamp', '--link', 'east-west', '--apply', '--confirm', 'east'], 'GR-CONFIRM-MISMATCH', 'east-west'],
  ])('%j', async (argv, error, expected) => {
    const { code, out, err } = await run(argv)
    expect({ code, out }).toEqual({ code: 5, out: '' })
    expect(err).toContain(`error ${error}: `)
    expect(err).toContain(`--confirm ${expected}\n`)
  })

  it.each([
    [['mirror', 'failover', 'orders', '--link', 'east-west', '--dry-run']],
    [['offset', 'clamp', '--link', 'east-west']],
    [['link', 'create', 'east-west']],
  ])('but %j needs no confirmation', async (argv) => {
    const { code, err } = await run(argv)
    expect(code).toBe(2)
    expect(err).toContain('GR-CONFIG-MISSING')
  })
})
