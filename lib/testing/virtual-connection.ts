import type { Clock } from '../transport/clock.js';
import { type EndOwner, type EndUser, pipeUsers, type Site, VirtualLink } from './virtual-link.js';
import { type LineSpeed, VirtualPipe } from './virtual-pipe.js';

/** What all connections of a network have in common. */
export interface WireSettings extends LineSpeed {
  readonly clock: Clock;
  /** How many bytes the next delivered piece has at most; Infinity: all there are. */
  readonly pieceLength: () => number;
}

/** A connection, from its dialling on: two ends, and between them two directions. */
export class VirtualConnection implements EndOwner {
  readonly dialler: VirtualLink;
  readonly #accepter: VirtualLink;
  readonly #there: VirtualPipe;
  readonly #back: VirtualPipe;
  readonly #knocked: (link: VirtualLink) => EndUser | null;
  readonly #over: (connection: VirtualConnection) => void;
  /** The site that the dialled address led to when the connection was opened. */
  #leadsTo: Site | null = null;

  /**
   * @param user who dialled
   * @param knocked whom the address leads to when the connection arrives there
   * @param over both ends are gone
   */
  constructor(
    settings: WireSettings,
    user: EndUser,
    knocked: (link: VirtualLink) => EndUser | null,
    over: (connection: VirtualConnection) => void,
  ) {
    const { clock, pieceLength } = settings;
    this.#knocked = knocked;
    this.#over = over;
    this.dialler = new VirtualLink(clock, pieceLength, this);
    this.#accepter = new VirtualLink(clock, pieceLength, this);
    this.#there = new VirtualPipe(clock, settings, pipeUsers(this.dialler, this.#accepter));
    this.#back = new VirtualPipe(clock, settings, pipeUsers(this.#accepter, this.dialler));
    this.dialler.joinTo(this.#there, this.#back);
    this.#accepter.joinTo(this.#back, this.#there);
    this.dialler.belongTo(user);
  }

  /** Somebody listens at `site`: the dialler's end stands, and knocks there. */
  open(site: Site): void {
    this.#leadsTo = site;
    this.dialler.stand();
  }

  /** Whether its ends are at these sites, in either order. */
  joins(a: Site, b: Site): boolean {
    const from = this.dialler.site;
    return (from === a && this.#leadsTo === b) || (from === b && this.#leadsTo === a);
  }

  /** Whether this receiver hears of one of its ends. */
  isOf(receiver: unknown): boolean {
    return this.dialler.isOf(receiver) || this.#accepter.isOf(receiver);
  }

  /** A partition between its sites begins, */
  hold(): void {
    this.#there.hold();
    this.#back.hold();
  }

  /** and ends. */
  release(): void {
    this.#there.release();
    this.#back.release();
  }

  /** Both ends see a reset now; what is under way is lost. */
  cut(): void {
    this.#there.drop();
    this.#back.drop();
    this.dialler.cut();
    this.#accepter.cut();
  }

  knocked(link: VirtualLink): EndUser | null {
    const user = this.#knocked(link);
    if (user !== null) this.#leadsTo = user.site;
    return user;
  }

  ended(): void {
    if (this.dialler.isClosed && this.#accepter.isClosed) this.#over(this);
  }
}
