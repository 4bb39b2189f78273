import type { Command } from 'commander'
import { buildProgram } from '../../src/cli/program.ts'
import { capturedContext } from './context.ts'

export interface Listed {
  /** `['link', 'create']`; empty for the program itself. */
  readonly path: readonly string[]
  readonly command: Command
}

/** Every command of the tree that the help shows, the program first. */
export async function allCommands(): Promise<readonly Listed[]> {
  const program = await buildProgram({
    context: capturedContext().context,
    perform: async () => {
      await Promise.resolve()
    },
    writeErr: () => undefined,
    isWanted: () => true,
  })
  return listed({ path: [], command: program })
}

function listed(at: Listed): readonly Listed[] {
  return [
    at,
    ...at.command
      .createHelp()
      .visibleCommands(at.command)
      .flatMap((child) => listed({ path: [...at.path, child.name()], command: child })),
  ]
}
