/** A pod, as far as the HPA looks at it. */
export interface Pod {
  readonly name: string;
  /** Address of its Prometheus page. */
  readonly metricsUrl: string;
}

/** The pods that the HPA scales. */
export interface PodSet {
  /** Those that there are, starting ones too; the oldest first. */
  pods(): readonly Pod[];
  /** Starts one, and waits until it serves. */
  add(): Promise<void>;
  /** Ends the newest one after its requests. */
  remove(): Promise<void>;
}

/** Longest wait for a pod that starts or ends, once the platform ends, ms. */
const END_MS = 1000;

export interface DeploymentProps {
  readonly set: PodSet;
  /** Is told why a pod did not start or end. */
  readonly onProblem: (message: string) => void;
}

/** Brings the pods to the number that is wanted, one after the other, as a Deployment does. */
export class Deployment {
  /** Pods that are wanted: `spec.replicas`. */
  replicas: number;
  private work: Promise<void> | undefined;
  private isOver = false;

  constructor(private readonly props: DeploymentProps) {
    this.replicas = props.set.pods().length;
  }

  /** Returns at once; what fails is tried again at the next call. */
  scale(replicas: number): void {
    this.replicas = replicas;
    this.work ??= this.bringAbout().finally(() => {
      this.work = undefined;
    });
  }

  /** Resolves once the pods are as many as wanted, or one of them failed. */
  async settled(): Promise<void> {
    await this.work;
  }

  /** Starts and ends no further pod. */
  async close(): Promise<void> {
    this.isOver = true;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS);
    });
    await Promise.race([this.work, patience]);
    clearTimeout(timer);
  }

  private async bringAbout(): Promise<void> {
    const { set, onProblem } = this.props;
    try {
      while (!this.isOver && set.pods().length !== this.replicas) {
        await (set.pods().length < this.replicas ? set.add() : set.remove());
      }
    } catch (error) {
      if (!this.isOver)
        onProblem(`pods could not be scaled to ${this.replicas}: ${(error as Error).message}`);
    }
  }
}
