import { setMaxListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { homedir, hostname, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { Context, Io } from './cli/context.ts'
import { ExitCode } from './cli/exit.ts'
import { main } from './cli/main.ts'
import { systemTime } from './cli/system-time.ts'
import { GeorepError } from './core/errors.ts'

// The process, and nothing else: argv and environment in, streams and exit code out. Everything that is decided is
// decided in cli/main.ts and below, with what this file hands down.

/** npm and npx pass a Ctrl-C on to a child that got it from the terminal already: two within this time are one. */
const sameSignalMs = 300
/** How long a run may take to end after a bug was seen outside of it. */
const bugGraceMs = 15_000
/** Both src/bin.ts and dist/bin.js lie one folder below it. */
const packageFolder = dirname(import.meta.dirname)

// Any number of requests may wait on one signal; Node takes more than ten for a leak.
setMaxListeners(0)
const interrupt = new AbortController()
let endedBy: { readonly signal: NodeJS.Signals; readonly at: number } | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    onSignal(signal)
  })
}
process.on('uncaughtException', onBug)
process.on('unhandledRejection', onBug)
const { write: out, flushed: outFlushed, isGone: isOutGone, failure: outFailure } = writer(() => process.stdout)
const { write: err, flushed: errFlushed } = writer(() => process.stderr)
void run()

/** Not awaited at the top: a part of the bundle that is loaded later could not import anything of this one while it runs. */
async function run(): Promise<void> {
  // What ends because nothing is left to wait for has not come to an end of its own.
  process.exitCode = ExitCode.failed
  const code = await main(process.argv.slice(2), context()).catch((error: unknown): ExitCode => {
    printBug(error)
    return ExitCode.failed
  })
  await outFlushed()
  const lost = outFailure()
  if (lost !== undefined)
    err(
      `error GR-STDOUT: not all of the output could be written: ${lost.message}\n  state now: the command itself has ended with ${code}\n`,
    )
  await errFlushed()
  exit(lost !== undefined && code === ExitCode.ok ? ExitCode.failed : exitCodeAfterSignal(code))
}

function context(): Context {
  return {
    io: io(),
    env: process.env,
    get cwd() {
      return workingFolder()
    },
    home: home(),
    tempFolder: tmpdir(),
    platform: process.platform,
    hostname: hostname(),
    user: user(),
    pid: process.pid,
    kill: (pid, signal) => {
      process.kill(pid, signal)
    },
    time: systemTime,
    signal: interrupt.signal,
    newId: () => Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString('hex'),
    version: version(),
    packageFolder,
    self: [process.execPath, import.meta.filename],
  }
}

/** Streams are touched when they are used: opening all three takes a tenth of the time that `--help` may take. */
function io(): Io {
  const { NO_COLOR: noColor = '', TERM: term } = process.env
  return {
    out,
    isOutGone,
    err,
    get canPrompt() {
      return process.stdin.isTTY && process.stderr.isTTY
    },
    ask: async (question, { signal }) => {
      const { ask } = await import('./cli/ask.ts')
      return await ask(question, { input: process.stdin, output: process.stderr, signal })
    },
    get isErrTerminal() {
      // One without columns (a terminal that nobody sized) makes the spinner erase lines without end.
      return process.stderr.isTTY && term !== 'dumb' && process.stderr.columns > 0
    },
    get hasColor() {
      return process.stdout.isTTY && noColor === '' && term !== 'dumb'
    },
    get columns() {
      return process.stdout.isTTY ? process.stdout.columns : undefined
    },
    rows: () => (process.stdout.isTTY && term !== 'dumb' && process.stdout.rows > 0 ? process.stdout.rows : undefined),
  }
}

/**
 * stdout or stderr. When its reader is gone (`| head`), what is left to print is dropped and the act goes on: one that
 * stops half way because nobody reads would be worse.
 */
function writer(stream: () => NodeJS.WriteStream): {
  write: (text: string) => void
  flushed: () => Promise<void>
  isGone: () => boolean
  failure: () => Error | undefined
} {
  let opened: NodeJS.WriteStream | undefined
  let isBroken = false
  let failure: Error | undefined
  const open = (): NodeJS.WriteStream => {
    opened = stream()
    opened.on('error', (error: NodeJS.ErrnoException) => {
      isBroken = true
      // A reader that has seen enough is none; a disk that is full is.
      if (error.code !== 'EPIPE') failure ??= error
    })
    return opened
  }
  return {
    isGone: () => isBroken,
    failure: () => failure,
    write: (text) => {
      if (!isBroken) (opened ?? open()).write(text)
    },
    flushed: async () => {
      await new Promise<void>((resolve) => {
        if (opened === undefined || isBroken) resolve()
        else
          opened
            .once('error', () => {
              resolve()
            })
            // Also where nothing is left to be written: a write that has failed is told of in the next tick.
            .write('', () => {
              resolve()
            })
      })
    },
  }
}

/** It may have been deleted since the shell went there. */
function workingFolder(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new GeorepError('config', 'GR-NO-FOLDER', 'the working directory is gone', {
      next: 'change into another folder, and run the same command again',
      cause,
    })
  }
}

/** Empty where there is none: without HOME it is looked up by the id, which in a container may be that of no user. */
function home(): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}

/** A container may run under an id that no user has. */
function user(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}

function version(): string {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function onSignal(signal: NodeJS.Signals): void {
  const at = performance.now()
  if (endedBy === undefined) {
    endedBy = { signal, at }
    interrupt.abort(new GeorepError('interrupted', 'GR-INTERRUPTED', `interrupted by ${signal}`))
    if (process.stderr.isTTY) err('\nstopping; Ctrl-C again ends at once\n')
  } else if (at - endedBy.at > sameSignalMs) {
    exit(signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated)
  }
}

function exitCodeAfterSignal(code: ExitCode): ExitCode {
  return code === ExitCode.interrupted && endedBy !== undefined && endedBy.signal !== 'SIGINT'
    ? ExitCode.terminated
    : code
}

/** A bug outside the run's own promise. The run is told to stop, so that it can clean up, and given little time for it. */
function onBug(error: unknown): void {
  printBug(error)
  interrupt.abort(new GeorepError('failed', 'GR-BUG', 'stopped by a bug in georep'))
  AbortSignal.timeout(bugGraceMs).addEventListener('abort', () => {
    exit(ExitCode.failed)
  })
}

function printBug(error: unknown): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  err(
    `error GR-BUG: this is a bug in georep ${version()}\n${stack}\n  next: report it, with the command and the lines above\n`,
  )
}

/** Ends the process, whatever handle a library left open. */
function exit(code: ExitCode): never {
  // eslint-disable-next-line no-restricted-properties -- the one place where the process ends
  process.exit(code)
}
