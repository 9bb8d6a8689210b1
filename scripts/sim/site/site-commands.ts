/**
 * Commands at one running site: the steps of `edge/commands` over the real ledger and a real folder of configuration, with the time that
 * each step takes, and the deaths that may come before it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerOpen, type CarryOutDeps, carryOutCommand, resultOf } from "../../../edge/commands/carry-out-command.ts";
import type { Answer } from "../../../edge/commands/command-answer.ts";
import type { CommandStep, CommandSteps } from "../../../edge/commands/command-steps.ts";
import { type ConfigTrial, makeConfigTrial, STARTS_ON_TRIAL_MAX } from "../../../edge/commands/set-config.ts";
import { type CentralLayer, digestOf, openCentralLayer } from "../../../edge/config/central-layer.ts";
import { CENTRAL_LAYER, LOCAL_LAYER } from "../../../edge/config/config-layers.ts";
import type { CommandResult } from "../../../shared/log/payloads/command-result-payload.ts";
import type { CommandId } from "../../../shared/model/ids.ts";
import type { Command } from "../../../shared/protocol/frames.ts";
import { UNBEARABLE } from "../town/command-desk.ts";
import type { SiteProcess } from "./site-process.ts";

const WAITING_MAX = 32;
const FINISH_RETRY_MS = 30_000;

/** What a step came to; null when the store refused it. */
type Outcome = { readonly value: unknown } | null;

export class SiteCommands {
  private readonly process: SiteProcess;
  private readonly layer: CentralLayer;
  private readonly trial: ConfigTrial;
  private readonly waiting: Command[] = [];
  private running: Command | null = null;
  /** Each heartbeat asks for it; the file is read when it changes. */
  private standing: number | null = null;

  constructor(process: SiteProcess) {
    this.process = process;
    const { home } = process.site.disk;
    writeLocal(home, process.site.who.collectorId);
    this.layer = openCentralLayer(home);
    if (this.layer.noteStart() >= STARTS_ON_TRIAL_MAX) this.layer.putBack();
    this.trial = makeConfigTrial({
      layer: { ...this.layer, put: (...text) => this.put(...text), putBack: () => this.putBack() },
      digestOf,
      run: (steps) => this.drive(steps, () => {}),
      waitsForStart: () => [],
      beat: () => this.beat(),
      monoMs: process.site.clock.monoMs,
      after: (ms, act) => {
        const timer = process.after(ms, act);
        return () => {
          timer.cancelled = true;
        };
      },
    });
    process.later(() => this.resume());
  }

  /** The command being carried out, if it is that one. */
  readonly commandOf = (id: CommandId): Command | null => (this.running?.id === id ? this.running : null);

  revision(): number {
    this.standing ??= this.layer.revision();
    return this.standing;
  }

  /** A command whose signature was verified. */
  receive(command: Command): void {
    if (this.waiting.length >= WAITING_MAX) return;
    this.waiting.push(command);
    if (this.running === null) this.next();
  }

  centralHeard(): void {
    this.trial.centralHeard();
  }

  /** Those that were taken and have no answer in the log yet. */
  openCount(): number {
    return this.process.rows.commands.open().length;
  }

  private next(): void {
    this.running = this.waiting.shift() ?? null;
    if (this.running === null) return;
    const { id } = this.running;
    const { world } = this.process.site;
    const deps: CarryOutDeps = {
      configRevision: this.layer.revision,
      reportNow: () => this.report(),
      config: this.trial,
      log: { info: () => {}, warn: (_facts, words) => world.note(this.process.site.name, words) },
    };
    this.drive(
      carryOutCommand(deps, this.running, (answer) => this.finishLater(id, answer)),
      () => this.next(),
    );
  }

  private report(): Answer {
    this.process.site.world.watch.onRun(this.process, this.running!);
    this.beat();
    return { outcome: "done", words: "All is well.", detail: null };
  }

  private put(...text: Parameters<CentralLayer["put"]>): void {
    this.process.site.world.watch.onRun(this.process, this.running!);
    this.layer.put(...text);
    this.standing = null;
  }

  private putBack(): void {
    this.layer.putBack();
    this.standing = null;
  }

  private beat(): void {
    this.process.later(() => this.process.uplink.session?.handle({ type: "changed" }));
  }

  private resume(): void {
    for (const open of this.process.rows.commands.open()) {
      const answer = answerOpen(this.trial, open, (later) => this.finishLater(open.id, later));
      if (answer !== "later") this.finishLater(open.id, answer);
    }
  }

  private finishLater(id: CommandId, answer: Answer): void {
    this.process.later(() => this.finish(resultOf(id, answer, this.layer.revision())));
  }

  /** Each step when the writer has come round to it; `done` also when the store took no step at all. */
  private drive<Result>(steps: CommandSteps<Result>, done: () => void): void {
    const goOn = (at: IteratorResult<CommandStep, Result>): void => {
      if (at.done === true) return done();
      this.process.later(() => {
        if (!this.process.survivesStep()) return;
        const outcome = this.carryOut(at.value);
        if (!this.process.isAlive) return;
        if (outcome === null && at.value.ask === "take") return done();
        goOn(outcome === null ? steps.throw(new Error("the store is full")) : steps.next(outcome.value));
      });
    };
    goOn(steps.next());
  }

  private carryOut(step: CommandStep): Outcome {
    const { process } = this;
    switch (step.ask) {
      case "take":
        return this.take(step.command, step.configRevision);
      case "put-on-trial":
        process.command("putOnTrial", step.id, step.revision);
        return process.isAlive && process.rows.commands.state(step.id) === "trial" ? { value: undefined } : null;
      case "reload":
        return { value: this.isUnbearable() ? "The program cannot run with it." : null };
      case "finish":
        this.finish(step.result);
        return { value: undefined };
    }
  }

  private take(command: Command, configRevision: number): Outcome {
    const { process } = this;
    const { world } = process.site;
    const taken = world.variant.takeCommand(process, command, configRevision);
    if (taken === undefined) return null;
    world.mark(`command-taken-${taken}`);
    if (taken === "refused") world.watch.onRefused(process, command.id);
    return { value: taken };
  }

  private finish(result: CommandResult): void {
    const { process } = this;
    process.site.world.variant.finishCommand(process, result);
    if (!process.isAlive) return;
    if (process.rows.commands.state(result.command) !== "done") process.after(FINISH_RETRY_MS, () => this.finish(result));
  }

  private isUnbearable(): boolean {
    const file = join(this.process.site.disk.home, CENTRAL_LAYER);
    return existsSync(file) && readFileSync(file, "utf8").includes(UNBEARABLE);
  }
}

/** What the setup of a site writes. */
function writeLocal(home: string, collectorId: string): void {
  const file = join(home, LOCAL_LAYER);
  if (existsSync(file)) return;
  mkdirSync(join(home, "config"), { recursive: true });
  writeFileSync(file, `collector_id: ${collectorId}\n`);
}
