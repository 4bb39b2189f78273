import type { Command } from 'commander'

// A noun that has options and an action of its own, and verbs beside them: `georep drill --sandbox`, `georep drill report`. Of an option that both know,
// commander tells the noun alone, wherever it stands; and `optsWithGlobals` of the verb would let the noun's defaults win over what was typed.

/** Lets the noun have verbs: an option of its own that the verb does not have is refused, since it would do nothing. */
export function withVerbs(noun: Command): Command {
  return noun.hook('preSubcommand', (self, verb) => {
    const known = new Set(verb.options.map(({ long }) => long))
    const stray = self.options.find((option) => isTyped(self, option.attributeName()) && !known.has(option.long))
    if (stray !== undefined) self.error(`error: '${stray.long ?? ''}' is no option of '${self.name()} ${verb.name()}'`)
  })
}

/** The options of a verb of such a noun: its own and the global ones. What was typed of them is taken from whichever of the two was told. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as `opts` of commander: the caller knows what it declared
export function optionsOfVerb<Options extends object>(verb: Command): Options {
  const { parent: noun } = verb
  const options: Record<string, unknown> = { ...noun?.parent?.opts(), ...verb.opts() }
  for (const name of verb.options.map((option) => option.attributeName())) {
    if (noun !== null && isTyped(noun, name)) options[name] = noun.getOptionValue(name)
  }
  return options as Options
}

/** Options that were typed, of such a noun or of a verb of it, by their names in the action. */
export function typedOptions(command: Command): readonly string[] {
  const names = command.options.map((option) => option.attributeName())
  return names.filter((name) => isTyped(command, name) || (command.parent !== null && isTyped(command.parent, name)))
}

function isTyped(command: Command, name: string): boolean {
  return command.getOptionValueSource(name) === 'cli'
}
