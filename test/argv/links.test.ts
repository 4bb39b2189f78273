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
    [['link', 'create', 'east-west', '--source', 'east'], '"--source" and "--destination" go together'],
    [['link', 'create', 'east-west', '--source', 'East', '--destination', 'west'], 'Expected a name'],
    [['link', 'create', 'east-west', '--throttle', '10MB'], 'Expected a size a second with a unit'],
    [['link', 'create', 'east-west', '--throttle', '1B/s'], 'Expected at least 1KB/s'],
    [['link', 'create', 'east-west', '--throttle', 'none'], 'Expected a size a second with a unit'],
    [['link', 'alter', 'east-west'], 'required option "--throttle <rate>" not specified'],
    [['link', 'alter', 'east-west', '--throttle', '0MB/s'], 'Expected at least 1KB/s'],
    [['link', 'pause'], 'missing required argument "link"'],
    [['link', 'resume', 'east'], 'Expected the name of a link'],
    [['link', 'delete'], 'missing required argument "link"'],
    [['link', 'delete', 'east-west', '--yes'], 'unknown option "--yes"'],
    [['mirror', 'pause', '--link', 'east-west'], 'missing topics, or "--all"'],
    [['mirror', 'pause', 'orders', '--all', '--link', 'east-west'], '"--all" and topics exclude each other'],
    [['mirror', 'pause', 'orders-*', '--link', 'east-west'], 'Expected a topic name'],
    [['mirror', 'resume', '--all'], 'required option "--link <link>" not specified'],
    [['mirror', 'delete', '--link', 'east-west'], 'missing required argument "topic"'],
    [['mirror', 'delete', '[orders]', '--link', 'east-west'], 'Expected a topic name, or a pattern'],
    [['mirror', 'describe', '--link', 'east-west'], 'missing required argument "topic"'],
    [['mirror', 'describe', 'orders', 'pay', '--link', 'east-west'], 'too many arguments for "describe"'],
    [['mirror', 'create', 'orders', '--link', 'east-west', '--prefix', 'a/'], 'Expected letters, digits'],
    [['mirror', 'create', 'orders', '--link', 'east-west', '--prefix', '__x'], 'not "__" first'],
    [['mirror', 'create', 'orders', '--link', 'east-west', '--no-auto-create'], '"--no-auto-create" is for patterns'],
    [['link', 'run'], 'missing required argument "link"'],
    [['link', 'run', 'east-west', '--memory', '64'], 'Expected a size with a unit'],
    [['link', 'run', 'east-west', '--memory', '1MB'], 'Expected at least 16MB'],
    [['link', 'run', 'east-west', '--groups-interval', '5'], 'Expected a duration with a unit'],
    [['link', 'run', 'east-west', '--groups-interval', '0s'], 'Expected a duration above zero'],
    [['link', 'run', 'east-west', '-o', 'table'], 'unknown option "-o"'],
    [['link', 'run', 'east-west', '--metrics'], 'option "--metrics <address>" argument missing'],
    [['link', 'run', 'east-west', '--log-format'], 'option "--log-format <format>" argument missing'],
    [['link', 'run', 'east-west', '--log-format', 'yaml'], 'Allowed choices are text, json'],
    [['link', 'run', 'east-west', '--dry-run'], 'unknown option "--dry-run"'],
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
    [
      ['mirror', 'promote', 'orders', '--link', 'east-west'],
      'required option "--fence <how>" not specified: acl (DENY ACLs on the source topics), hook:<command> (a command of yours that stops the producers), or none (they are stopped, and you say so)',
    ],
    [['mirror', 'promote', 'orders', '--link', 'east-west', '--fence', 'acls'], 'Expected one of: acl'],
    [['mirror', 'promote', 'orders', '--link', 'east-west', '--fence', 'hook:'], 'Expected one of: acl'],
    [['mirror', 'promote', '--link', 'east-west', '--fence', 'acl'], 'missing topics, or "--all"'],
    [
      ['mirror', 'promote', 'orders', '--all', '--link', 'east-west', '--fence', 'acl'],
      '"--all" and topics exclude each other',
    ],
    [['mirror', 'promote', 'orders', '--fence', 'acl'], 'required option "--link <link>" not specified'],
    [['mirror', 'promote', 'or/ders', '--link', 'east-west', '--fence', 'acl'], 'Expected a topic name'],
    [
      ['mirror', 'promote', 'orders', '--link', 'east-west', '--fence', 'acl', '--timeout', '0s'],
      'Expected a duration above zero',
    ],
    [['mirror', 'promote', 'orders', '--link', 'east-west', '--fence', 'acl', '--yes'], 'unknown option "--yes"'],
    [['mirror', 'unfence', '--link', 'east-west'], 'missing topics, or "--all"'],
    [['mirror', 'unfence', 'orders'], 'required option "--link <link>" not specified'],
    [['mirror', 'unfence', 'orders', '--link', 'east-west', '--fence', 'acl'], 'ACLs are known'],
    [['offset', 'clamp'], 'required option "--link <link>" not specified'],
    [
      ['offset', 'clamp', '--link', 'east-west', '--apply', '--dry-run'],
      '"--dry-run" cannot be used with option "--apply"',
    ],
    [['offset', 'clamp', '--link', 'east-west', '--group', ''], 'Expected the name of a consumer group'],
    [['offset', 'clamp', '--link', 'east-west', 'g'], 'too many arguments for "clamp"'],
    [['lag', 'east-west'], 'too many arguments for "lag"'],
    [['lag', '--link', 'e'], 'Expected the name of a link'],
    [['lag', '-o', 'xml'], 'Expected table, json, yaml, tsv, prometheus or junit'],
    [['link', 'list', '-o', 'prometheus'], 'Expected table, json, yaml or tsv\n'],
    [['lag', '--fail-over', '30'], 'Expected a duration with a unit'],
    [['lag', '--fail-over=-1s'], 'Expected a duration with a unit'],
    [['lag', '--max-lag', 'nan'], 'Expected a duration with a unit'],
    [['lag', '--fail-over', '0s'], 'Expected a duration above zero'],
    [['lag', '--fail-over', '30s', '--max-lag', '30s'], 'give one of them'],
    [['lag', '--topic', 'a b'], 'Expected a topic name, or a pattern'],
    [['lag', '--group', ''], 'Expected the name of a consumer group'],
    [['lag', '--group', 'a', '--mirrors-only'], 'exclude each other'],
    [['lag', '--after-failover', '--mirrors-only'], 'exclude each other'],
    [['exposure', 'east-west'], 'too many arguments for "exposure"'],
    [['exposure', '--fail-over', '30s'], 'unknown option "--fail-over"'],
    [['exposure', '--topic', 'a b'], 'Expected a topic name, or a pattern'],
    [['offset', 'show', '--link', 'e'], 'Expected the name of a link'],
    [['offset', 'show', '--group', ''], 'Expected the name of a consumer group'],
    [['offset', 'show', 'g'], 'too many arguments for "show"'],
    [['lag', '--committed', '--mirrors-only'], 'exclude each other'],
    [['lag', '--top', '0'], 'Expected a whole number above zero'],
    [['lag', '--top', '5', '--all'], '--top and --all exclude each other'],
    [['lag', '--objectives', '--fail-over', '30s'], 'one limit for all, or one for each'],
    [['lag', '--objectives', '--max-lag', '30s'], 'one limit for all, or one for each'],
    [['lag', '-o', 'junit'], '-o junit needs limits to test'],
    [['lag', '-o', 'prometheus', '--top', '5'], 'exclude each other'],
    [['lag', '-o', 'prometheus', '--watch'], '--textfile keeps one up to date'],
    [['lag', '-o', 'junit', '--objectives', '--watch', '5s'], 'it is one document'],
    [['lag', '--watch', '0.5s'], 'Expected at least 1s'],
    [['lag', '--watch', '5'], 'Expected a duration with a unit'],
    [['lag', '--textfile', '/tmp/x.txt'], 'Expected a file that ends in .prom'],
    [['lag', '--textfile', '/tmp/.prom'], 'Expected a file that ends in .prom'],
  ])('%j', async (argv, message) => {
    const { code, out, err, options } = await parsed(argv)
    expect(err).toContain(message)
    expect(err).toMatch(/^error GR-USAGE: .*\n {2}next: georep .*--help\n$/)
    expect({ code, out, options }).toEqual({ code: 2, out: '', options: undefined })
  })
})

describe('options', () => {
  const globals = { config: undefined, color: true }
  const switches = { mirrorsOnly: false, afterFailover: false, all: false, committed: false, objectives: false }
  it.each([
    [['link', 'create', 'east-west'], { name: 'east-west', takeOver: false, dryRun: false, output: 'table' }],
    [['link', 'create', 'a-b', '--groups', 'x', 'y*', '--groups', 'z'], { name: 'a-b', groups: ['x', 'y*', 'z'], takeOver: false, dryRun: false, output: 'table' }],
    [['link', 'run', 'a-b'], { name: 'a-b', memory: 64_000_000, groupsInterval: 5_000, logFormat: 'text' }],
    [['link', 'run', 'a-b', '--memory', '1GiB', '--groups-interval', '500ms', '--log-format', 'json'], { name: 'a-b', memory: 1_073_741_824, groupsInterval: 500, logFormat: 'json' }],
    [['link', 'list', '-o', 'json'], { output: 'json' }],
    [['link', 'describe', 'a-b'], { name: 'a-b', output: 'table' }],
    [['mirror', 'create', 'x', 'y', 'x', '--link', 'a-b', '--dry-run'], { topics: ['x', 'y'], autoCreate: true, link: 'a-b', takeOver: false, dryRun: true, output: 'table' }],
    [['mirror', 'create', 'x-*', '--link', 'a-b', '--prefix', 'east.', '--no-auto-create'], { topics: ['x-*'], prefix: 'east.', autoCreate: false, link: 'a-b', takeOver: false, dryRun: false, output: 'table' }],
    [['link', 'create', 'a-b', '--source', 'x', '--destination', 'y', '--throttle', '10MB/s'], { name: 'a-b', source: 'x', destination: 'y', throttle: 10_000_000, takeOver: false, dryRun: false, output: 'table' }],
    [['link', 'alter', 'a-b', '--throttle', '512KiB/s'], { name: 'a-b', throttle: 524_288, takeOver: false, dryRun: false, output: 'table' }],
    [['link', 'alter', 'a-b', '--throttle', 'none'], { name: 'a-b', throttle: 'none', takeOver: false, dryRun: false, output: 'table' }],
    [['link', 'pause', 'a-b', '--take-over'], { name: 'a-b', takeOver: true, dryRun: false, output: 'table' }],
    [['link', 'delete', 'a-b', '--with-mirrors', '--confirm', 'a-b'], { name: 'a-b', withMirrors: true, confirm: 'a-b', takeOver: false, dryRun: false, output: 'table' }],
    [['mirror', 'pause', '--all', '--link', 'a-b'], { topics: 'all', link: 'a-b', takeOver: false, dryRun: false, output: 'table' }],
    [['mirror', 'resume', 'x', 'x', '--link', 'a-b'], { topics: ['x'], link: 'a-b', takeOver: false, dryRun: false, output: 'table' }],
    [['mirror', 'delete', 'x', 'y*', '--link', 'a-b', '--with-topic'], { words: ['x', 'y*'], link: 'a-b', withTopic: true, takeOver: false, dryRun: false, output: 'table' }],
    [['mirror', 'describe', 'x', '--link', 'a-b'], { topic: 'x', link: 'a-b', output: 'table' }],
    [['mirror', 'list', '--link', 'a-b'], { link: 'a-b', output: 'table' }],
    [
      ['mirror', 'failover', '--link', 'a-b', 'x', 'y', 'x', '--confirm', 'a-b', '--max-loss-records', '9223372036854775807', '--timeout', '2m'],
      { which: { kind: 'topics', topics: ['x', 'y'] }, link: 'a-b', confirm: 'a-b', maxLossRecords: 9223372036854775807n, timeout: 120_000, takeOver: false, dryRun: false, wait: false, forceWhileSourceUp: false, unfenced: false, output: 'table' },
    ],
    [
      ['mirror', 'failover', '--all', '--link', 'a-b', '--wait', '--unfenced', '--force-while-source-up', '--dry-run', '-ojson'],
      { which: { kind: 'all' }, link: 'a-b', takeOver: false, dryRun: true, wait: true, forceWhileSourceUp: true, unfenced: true, output: 'json' },
    ],
    [
      ['mirror', 'promote', 'x', 'y', 'x', '--link', 'a-b', '--fence', 'hook: stop it', '--timeout', '2m', '--take-over'],
      { which: { kind: 'topics', topics: ['x', 'y'] }, link: 'a-b', fence: { how: 'hook', command: 'stop it' }, timeout: 120_000, takeOver: true, dryRun: false, output: 'table' },
    ],
    [['mirror', 'promote', '--all', '--link', 'a-b', '--fence', 'none', '--dry-run'], { which: { kind: 'all' }, link: 'a-b', fence: { how: 'none' }, timeout: 300_000, takeOver: false, dryRun: true, output: 'table' }],
    [['mirror', 'unfence', 'x', '--link', 'a-b', '--fence', 'none'], { which: { kind: 'topics', topics: ['x'] }, link: 'a-b', fence: { how: 'none' }, takeOver: false, dryRun: false, output: 'table' }],
    [['offset', 'clamp', '--link', 'a-b', '--group', 'x', 'y'], { link: 'a-b', group: ['x', 'y'], takeOver: false, apply: false, output: 'table' }],
    [['offset', 'clamp', '--link', 'a-b', '--apply', '--confirm', 'a-b'], { link: 'a-b', takeOver: false, apply: true, confirm: 'a-b', output: 'table' }],
    [['lag'], { output: 'table', mirrorsOnly: false, afterFailover: false, all: false, committed: false, objectives: false }],
    [['lag', '--link', 'a-b', '-o', 'json'], { link: 'a-b', output: 'json', mirrorsOnly: false, afterFailover: false, all: false, committed: false, objectives: false }],
    [['lag', '--topic', 'a-*', '--all', '--fail-over', '30s', '-o', 'tsv'], { topic: 'a-*', mirrorsOnly: false, afterFailover: false, all: true, committed: false, objectives: false, failOver: 30_000, output: 'tsv' }],
    [['lag', '--max-lag', '1m', '-o', 'yaml'], { maxLag: 60_000, output: 'yaml', mirrorsOnly: false, afterFailover: false, all: false, committed: false, objectives: false }],
    [['lag', '--group', 'a-*', 'b', '--link', 'a-b'], { link: 'a-b', group: ['a-*', 'b'], output: 'table', mirrorsOnly: false, afterFailover: false, all: false, committed: false, objectives: false }],
    [['lag', '--watch'], { output: 'table', watch: 5_000, ...switches }],
    [['lag', '--watch', '2s', '--top', '7', '--committed', '-o', 'yaml'], { output: 'yaml', watch: 2_000, top: 7, ...switches, committed: true }],
    [['lag', '--objectives', '-o', 'junit'], { output: 'junit', ...switches, objectives: true }],
    [['lag', '-o', 'prometheus', '--fail-over', '5s'], { output: 'prometheus', failOver: 5_000, ...switches }],
    [['lag', '--textfile', 'lag.prom'], { output: 'table', textfile: 'lag.prom', ...switches }],
    [['lag', '--mirrors-only'], { output: 'table', mirrorsOnly: true, afterFailover: false, all: false, committed: false, objectives: false }],
    [['lag', '--after-failover'], { output: 'table', mirrorsOnly: false, afterFailover: true, all: false, committed: false, objectives: false }],
    [['exposure', '--group', 'a', 'b*', '--topic', 'orders-*'], { output: 'table', group: ['a', 'b*'], topic: 'orders-*', all: false }],
    [['offset', 'show', '--link', 'east-west', '-o', 'tsv', '--all'], { output: 'tsv', link: 'east-west', all: true }],
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
    [['link', 'delete', 'east-west'], 'GR-CONFIRM-REQUIRED', 'east-west'],
    [['link', 'delete', 'east-west', '--confirm', 'west-east'], 'GR-CONFIRM-MISMATCH', 'east-west'],
    [['mirror', 'delete', 'orders', '--link', 'east-west'], 'GR-CONFIRM-REQUIRED', 'orders'],
    [['mirror', 'delete', 'orders-*', '--link', 'east-west'], 'GR-CONFIRM-REQUIRED', 'orders-*'],
    [
      ['mirror', 'delete', 'orders', 'pay', '--link', 'east-west', '--confirm', 'orders'],
      'GR-CONFIRM-MISMATCH',
      'east-west',
    ],
    [['mirror', 'promote', 'orders', '--link', 'east-west', '--fence', 'acl'], 'GR-CONFIRM-REQUIRED', 'orders'],
    [
      ['mirror', 'promote', '--all', '--link', 'east-west', '--fence', 'none', '--confirm', 'orders'],
      'GR-CONFIRM-MISMATCH',
      'east-west',
    ],
    [['mirror', 'unfence', 'orders', '--link', 'east-west'], 'GR-CONFIRM-REQUIRED', 'orders'],
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
