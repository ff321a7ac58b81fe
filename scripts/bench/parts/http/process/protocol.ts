/** What a process of its own can be asked: each question by its name, with one argument and one answer. */
export type Protocol = Readonly<Record<string, (argument: never) => Promise<unknown>>>

export interface Question {
  readonly name: string
  readonly argument: unknown
}

export type Answer = { readonly answer: unknown } | { readonly error: string }
