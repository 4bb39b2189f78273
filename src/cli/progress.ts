import type { Io } from './context.ts'
import { printable } from './printable.ts'
import { styleOf } from './style.ts'

/** What goes on, for the person who waits. On stderr; never part of the data. */
export interface Progress {
  /** Something began that takes a while. What was going on before counts as done. */
  readonly step: (text: string) => void
  /** The current step ended well; `text` replaces its wording. */
  readonly done: (text?: string) => void
  readonly fail: (text?: string) => void
  /** A line of its own that stays. */
  readonly note: (text: string) => void
  /** How the current step stands, beside its words, until it is said anew or the step is over; not in plain lines, which stay. */
  readonly status: (text: string) => void
}

/** A spinner where stderr is a terminal, else plain lines. Ends when `done` or `fail` was called for the last step. */
export async function openProgress(io: Pick<Io, 'err' | 'isErrTerminal' | 'hasColor'>): Promise<Progress> {
  return io.isErrTerminal ? await spinner(io) : plainLines(io)
}

function plainLines(io: Pick<Io, 'err'>): Progress {
  const line = (text: string): void => {
    io.err(`${printable(text)}\n`)
  }
  let current: string | undefined
  return {
    step: (text) => {
      current = text
      line(text)
    },
    done: (text) => {
      // The step's own line is out already; only new words are worth a second one.
      if (text !== undefined && text !== current) line(text)
      current = undefined
    },
    fail: (text) => {
      const what = text ?? current
      // What failed has been told, where nothing is going on any more.
      if (what !== undefined) line(`failed: ${what}`)
      current = undefined
    },
    note: line,
    status: () => undefined,
  }
}

async function spinner(io: Pick<Io, 'err' | 'hasColor'>): Promise<Progress> {
  const { default: ora } = await import('ora')
  // Neither stdin nor the cursor is touched: a Ctrl-C must arrive as SIGINT, and a SIGKILL must not leave the cursor hidden.
  // Colour is ours to say: what ora and its symbols go by knows no NO_COLOR.
  const spin = ora({ discardStdin: false, hideCursor: false, color: io.hasColor ? 'cyan' : false })
  const { ok, bad } = styleOf(io)
  const end = (symbol: string, text: string | undefined): void => {
    spin.suffixText = ''
    spin.stopAndPersist({ symbol, ...(text === undefined ? {} : { text: printable(text) }) })
  }
  return {
    step: (text) => {
      if (spin.isSpinning) end(ok('✔'), undefined)
      spin.start(printable(text))
    },
    done: (text) => {
      if (spin.isSpinning) end(ok('✔'), text)
      else if (text !== undefined) io.err(`${printable(text)}\n`)
    },
    fail: (text) => {
      if (spin.isSpinning) end(bad('✖'), text)
      else if (text !== undefined) io.err(`failed: ${printable(text)}\n`)
    },
    note: (text) => {
      if (!spin.isSpinning) {
        io.err(`${printable(text)}\n`)
        return
      }
      spin.clear()
      io.err(`${printable(text)}\n`)
      spin.render()
    },
    status: (text) => {
      if (spin.isSpinning) spin.suffixText = printable(text)
    },
  }
}
