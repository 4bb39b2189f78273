import { describe, expect, it } from 'vitest'
import { GeorepError } from '../../src/core/errors.ts'
import { main } from '../../src/cli/main.ts'
import { capturedContext, parsed, run } from '../support/context.ts'

describe('usage errors end with 2, and nothing is run', () => {
  it.each([
    [['lnk'], 'unknown command "lnk" (did you mean "link"?)', 'georep --help'],
    [['lnk', '--help'], 'unknown command "lnk" (did you mean "link"?)', 'georep --help'],
    [['help', 'lnk'], 'unknown command "lnk" (did you mean "link"?)', 'georep --help'],
    [['--config', 'x', 'zzz'], 'unknown command "zzz"', 'georep --help'],
    [['config', 'vaildate'], 'unknown command "vaildate" (did you mean "validate"?)', 'georep config --help'],
    [['--nope', 'link'], 'unknown option "--nope"', 'georep --help'],
    [
      ['config', 'show', '--outptu', 'json'],
      'unknown option "--outptu" (did you mean "--output"?)',
      'georep config show --help',
    ],
    [
      ['config', 'show', '-o', 'xml'],
      'option "-o, --output <format>" argument "xml" is invalid. Expected table, json, yaml or tsv',
      'georep config show --help',
    ],
    [['config', 'show', '--config'], 'option "--config <file>" argument missing', 'georep config show --help'],
    [
      ['config', 'show', 'extra'],
      'too many arguments for "show". Expected 0 arguments but got 1',
      'georep config show --help',
    ],
    [['history', 'show'], 'missing required argument "id"', 'georep history show --help'],
  ])('%j', async (argv, message, next) => {
    const { code, out, err, options } = await parsed(argv)
    expect(err).toBe(`error GR-USAGE: ${message}\n  next: ${next}\n`)
    expect({ code, out, options }).toEqual({ code: 2, out: '', options: undefined })
  })

  it.each([[['link', 'create', 'east-west', '--engine', 'mm2']], [['link', 'adopt', 'east-west']]])(
    '%j never repeats a URL with a password in it',
    async (argv) => {
      for (const url of ['http://ann:hunter2@connect:8083', "http://ann:hunter2'x@connect:8083", 'hunter2']) {
        for (const flags of [['--connect', url], [`--connect=${url}`]]) {
          const { code, out, err, options } = await parsed([...argv, ...flags])
          expect({ code, out, options }).toEqual({ code: 2, out: '', options: undefined })
          expect(err).toContain('error GR-USAGE: option "--connect <url>" is invalid. Expected http://host:port')
          expect(err).not.toContain('hunter2')
        }
      }
    },
  )

  it('says the same as a document when JSON was asked for', async () => {
    for (const flags of [['-o', 'json'], ['-ojson'], ['--output', 'json'], ['--output=json']]) {
      const { code, out } = await run(['history', 'show', ...flags])
      expect(code).toBe(2)
      expect(JSON.parse(out)).toEqual({
        schema: 'georep.error/1',
        data: {
          code: 'GR-USAGE',
          kind: 'usage',
          message: 'missing required argument "id"',
          stateNow: null,
          data: null,
          next: 'georep history show --help',
        },
      })
    }
  })
})

describe('help', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])(
    '%j is the help of georep, on stdout, with exit 0',
    async (argv) => {
      const { code, out, err } = await run(argv)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toMatch(/^Usage: georep <command>/)
      expect(out.match(/^Usage:/gm)).toHaveLength(1)
    },
  )

  it('of a noun is what the noun alone prints', async () => {
    const { code, out, err } = await run(['config'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe((await run(['config', '--help'])).out)
    expect(out).toBe((await run(['help', 'config'])).out)
    expect(out).toContain('validate')
  })

  it('prints the version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: '0.0.0\n', err: '' })
  })
})

describe('options', () => {
  it('come with the global ones, wherever those stand', async () => {
    const expected = { config: 'a.yaml', color: false, output: 'json' }
    expect((await parsed(['--config', 'a.yaml', '--no-color', 'config', 'show', '-o', 'json'])).options).toEqual(
      expected,
    )
    expect((await parsed(['config', 'show', '-o', 'json', '--no-color', '--config', 'a.yaml'])).options).toEqual(
      expected,
    )
  })
  it('have an id that looks like a noun', async () => {
    expect((await parsed(['history', 'show', 'link'])).options).toMatchObject({ id: 'link', output: 'table' })
  })
})

describe('main', () => {
  const failWith = async (thrown: Error, signal?: AbortSignal): Promise<{ code: number; err: string }> => {
    const { context, err } = capturedContext(signal === undefined ? {} : { signal })
    const code = await main(['config', 'show'], context, async () => {
      await Promise.reject(thrown)
    })
    return { code, err: err() }
  }

  it('turns each kind of error into its exit code, and its parts into lines', async () => {
    const error = new GeorepError('incomplete', 'GR-TEST', 'half of "orders" is done', {
      stateNow: 'one\ntwo',
      data: 'none lost',
      next: 'georep link list',
    })
    expect(await failWith(error)).toEqual({
      code: 6,
      err: 'error GR-TEST: half of "orders" is done\n  state now: one\n             two\n  data: none lost\n  next: georep link list\n',
    })
  })

  it('does not let a message drive the terminal', async () => {
    const { err } = await failWith(new GeorepError('failed', 'GR-TEST', 'topic "\u001b[2J\u009b1m\u202e"'))
    expect(err).toBe('error GR-TEST: topic "\\x1b[2J\\x9b1m\\u{202e}"\n')
  })

  it('throws what is a bug', async () => {
    await expect(failWith(new TypeError('undefined is not a function'))).rejects.toThrow('undefined is not a function')
    await expect(failWith(new DOMException('aborted', 'AbortError'))).rejects.toThrow('aborted')
  })

  it('says why it was told to stop, whatever a library made of that', async () => {
    const stop = new AbortController()
    stop.abort(new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted by SIGINT'))
    const result = await failWith(new DOMException('aborted', 'AbortError'), stop.signal)
    expect(result).toEqual({ code: 130, err: 'error GR-INTERRUPTED: interrupted by SIGINT\n' })
  })
})
