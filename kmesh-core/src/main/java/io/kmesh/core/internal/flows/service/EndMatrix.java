// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.UnsupportedCapabilityException;
import io.kmesh.core.internal.endpoints.Overlaps;
import io.kmesh.core.internal.flows.service.EndPlan.Side;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.Optional;

/**
 * What can be joined to what, in which mode, and why the rest can't: the one place that decides.
 * Pure.
 */
public final class EndMatrix {
  private EndMatrix() {}

  /** What an end is. */
  enum Kind {
    /** A directory of this machine. */
    DIRECTORY,
    /** A path of an attached cluster. */
    LUSTRE,
    /** What another site exports. */
    SITE,
    /** A snapshot. */
    SNAPSHOT,
    /** A virtual copy. */
    VIRTUAL_COPY,
    /** A prefix of an object store. */
    OBJECTS;

    static Kind of(Endpoint endpoint) {
      if (endpoint instanceof Endpoint.LocalDirectory) {
        return DIRECTORY;
      }
      if (endpoint instanceof Endpoint.SnapshotTree) {
        return SNAPSHOT;
      }
      if (endpoint instanceof Endpoint.VirtualCopyTree) {
        return VIRTUAL_COPY;
      }
      if (endpoint instanceof Endpoint.ObjectPrefix) {
        return OBJECTS;
      }
      return endpoint instanceof Endpoint.LustrePath ? LUSTRE : SITE;
    }
  }

  /** How the ends follow each other. */
  enum Mode {
    /** One way. */
    ASYNC,
    /** One way, with writers that wait. */
    SYNC,
    /** Both ways. */
    MULTI_MASTER,
    /** The target keeps a cache. */
    ACCESS;

    static Mode of(FlowMode mode) {
      if (mode instanceof FlowMode.Sync) {
        return SYNC;
      }
      if (mode instanceof FlowMode.MultiMaster) {
        return MULTI_MASTER;
      }
      return mode instanceof FlowMode.Access ? ACCESS : ASYNC;
    }
  }

  /**
   * Why something is refused.
   *
   * @param capability what is missing, by name
   * @param reason for people, with what to do
   */
  record Refusal(String capability, String reason) {}

  /** Why two kinds of ends can't be joined in a mode, whatever they are; empty when they can. */
  static Optional<Refusal> refusal(Kind source, Kind target, Mode mode) {
    if (target == Kind.SNAPSHOT) {
      return Optional.of(
          new Refusal(
              "flows.to.snapshot",
              "a snapshot never changes, so it is a source alone. Make the flow to a directory, and"
                  + " take snapshots of that, by a policy or protect(..)."));
    }
    if (target == Kind.VIRTUAL_COPY) {
      return Optional.of(
          new Refusal(
              "flows.to.copy",
              "a virtual copy is written by its own file system alone, so it is a source alone."
                  + " Make the flow to a directory."));
    }
    if (source == Kind.VIRTUAL_COPY && (mode == Mode.MULTI_MASTER || mode == Mode.ACCESS)) {
      return Optional.of(
          new Refusal(
              "flows.from.copy",
              mode == Mode.ACCESS
                  ? "a virtual copy is shown without being copied. Call fileSystem() of it, or make"
                      + " the flow with async()."
                  : "nothing is brought to a virtual copy. Make the flow with async() or sync(..)."));
    }
    if (source == Kind.SNAPSHOT && mode != Mode.ASYNC) {
      return Optional.of(new Refusal("flows.from.snapshot", snapshotBy(mode)));
    }
    if (source == Kind.OBJECTS || target == Kind.OBJECTS) {
      Optional<Refusal> objects = ofObjects(source, mode);
      if (objects.isPresent()) {
        return objects;
      }
    }
    if (source == Kind.SITE && target == Kind.SITE) {
      return Optional.of(
          new Refusal(
              "flows.third-party",
              "neither of them is here. Make the flow at one of these sites."));
    }
    return Optional.empty();
  }

  private static Optional<Refusal> ofObjects(Kind source, Mode mode) {
    return switch (mode) {
      case ASYNC -> Optional.empty();
      case SYNC ->
          source == Kind.OBJECTS
              ? Optional.of(
                  new Refusal(
                      "flows.from.objects",
                      "who writes objects does not wait for a flow. Make it with async(), and call"
                          + " barrier(path, limit) to know when what was written is there."))
              : Optional.empty();
      case MULTI_MASTER ->
          Optional.of(
              new Refusal(
                  "flows.objects.masters",
                  "an object store has no one who tells which of two writers was first. Make one"
                      + " flow with async(), and switch its direction."));
      case ACCESS ->
          Optional.of(
              new Refusal(
                  "flows.objects.access",
                  "a cache needs a file system, and a source that tells at once what changed. Make"
                      + " the flow with async() to a directory, and give access to that."));
    };
  }

  private static String snapshotBy(Mode mode) {
    return switch (mode) {
      case SYNC ->
          "nobody writes to a snapshot, so nobody waits for the target. Make it with async(), and"
              + " call awaitInSync(..) to know when all of it is there.";
      case MULTI_MASTER ->
          "nothing is brought to a snapshot, which never changes. Make it with async(), or restore"
              + " the snapshot to a directory and join that.";
      default ->
          "a snapshot is shown without being copied. Call fileSystem() of it, or make the flow with"
              + " async().";
    };
  }

  /**
   * Why the direction of a flow can't be switched, whatever it is in the middle of; empty when it
   * can.
   */
  static Optional<Refusal> turnRefusal(FlowSpec spec) {
    Kind source = Kind.of(spec.source());
    if (source != Kind.SNAPSHOT && source != Kind.VIRTUAL_COPY) {
      return refusal(Kind.of(spec.target()), source, Mode.of(spec.mode()));
    }
    boolean isSnapshot = source == Kind.SNAPSHOT;
    return Optional.of(
        new Refusal(
            isSnapshot ? "flows.to.snapshot" : "flows.to.copy",
            "its source is "
                + spec.source()
                + (isSnapshot ? ", which never changes." : ", to which nothing is brought.")
                + " Make a flow from the target to a directory."));
  }

  /**
   * Refuses what can't be, where one end is here and the site that made the flow knows it by the
   * name of an export alone.
   *
   * @param side the end that is here
   * @param generation how often the direction was switched
   * @param tree what the end is
   * @throws ProviderException UNSUPPORTED, with the reason
   */
  public static void requireHere(FlowSpec spec, Side side, long generation, Endpoint tree)
      throws ProviderException {
    Kind here = Kind.of(tree);
    Kind other = Kind.of(side.other().of(spec));
    boolean isSource = side == Side.SOURCE ^ generation % 2 != 0;
    Optional<Refusal> refusal =
        isSource
            ? refusal(here, other, Mode.of(spec.mode()))
            : refusal(other, here, Mode.of(spec.mode()));
    if (refusal.isPresent()) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot join "
              + spec.source()
              + " and "
              + spec.target()
              + " by a flow: "
              + (here == Kind.OBJECTS
                  ? "what is exported is a prefix of an object store, and "
                  : "")
              + refusal.get().reason());
    }
  }

  /** Why a flow can't be; empty when it can. */
  static Optional<Refusal> refusal(FlowSpec spec) {
    Optional<Refusal> kinds =
        refusal(Kind.of(spec.source()), Kind.of(spec.target()), Mode.of(spec.mode()));
    boolean isOverlap =
        Overlaps.isWithin(spec.source(), spec.target())
            || Overlaps.isWithin(spec.target(), spec.source());
    return kinds.isPresent() || !isOverlap
        ? kinds
        : Optional.of(
            new Refusal(
                "flows.overlap",
                "one is within the other, and would copy itself for ever. Name directories beside"
                    + " each other."));
  }

  /**
   * Refuses what can't be.
   *
   * @throws UnsupportedCapabilityException with the reason
   */
  static void require(FlowSpec spec) {
    Optional<Refusal> refusal = refusal(spec);
    if (refusal.isPresent()) {
      throw new UnsupportedCapabilityException(
          refusal.get().capability(),
          "Cannot join "
              + spec.source()
              + " and "
              + spec.target()
              + " by a flow: "
              + refusal.get().reason());
    }
  }
}
