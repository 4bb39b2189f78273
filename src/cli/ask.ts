import inquirer from 'inquirer'
import { GeorepError } from '../core/errors.ts'

/** Where the question is put and the answer is read. */
export interface AskOptions {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

/** Asks for a line of text. Loaded only when there is something to ask. */
export async function ask(question: string, { input, output, signal }: AskOptions): Promise<string> {
  const prompt = inquirer.createPromptModule({ input, output, signal })
  try {
    const { answer } = await prompt<{ answer: string }>({ type: 'input', name: 'answer', message: question })
    return answer
  } catch (error) {
    signal.throwIfAborted()
    // The prompt reads the terminal raw, so Ctrl-C arrives here and not as SIGINT.
    if (error instanceof Error && error.name === 'ExitPromptError') {
      throw new GeorepError('interrupted', 'GR-INTERRUPTED', 'interrupted at the question; nothing was changed')
    }
    throw error
  }
}
