// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.core.internal.hsm.FileWalk;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.tiering.TieringPlan.Action;
import io.kmesh.tiering.TieringPlan.Step;
import io.kmesh.tiering.TieringPolicy;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks at a file system and decides what a policy would do. Changes nothing, restores nothing. */
final class Planner {
  /**
   * What was decided.
   *
   * @param steps in order
   * @param bytesToFree what the steps free on the watched tier
   * @param trigger why the policy acts now, or why not
   * @param unreadable entries that could not be looked at
   */
  record Draft(List<Step> steps, long bytesToFree, String trigger, List<String> unreadable) {}

  /**
   * Whether and how much.
   *
   * @param wantedBytes bytes to free; {@link Long#MAX_VALUE} for all that match, 0 for none
   * @param words why
   */
  private record Trigger(long wantedBytes, String words) {}

  private static final int MAX_UNREADABLE = 1000;

  private final LustreBinding lustre;
  private final TieringPolicy policy;
  private final Instant now;
  private final boolean isUnderWay;
  private final List<PoolUsage> pools;
  private final Evaluation evaluation;
  private final Set<PathBytes> newest;

  /**
   * A planner.
   *
   * @param isUnderWay whether the policy began above its high watermark and has not yet come down
   *     to the low one
   */
  Planner(LustreBinding lustre, TieringPolicy policy, Instant now, boolean isUnderWay)
      throws IOException {
    this.lustre = lustre;
    this.policy = policy;
    this.now = now;
    this.isUnderWay = isUnderWay;
    this.pools = lustre.usage().pools();
    this.evaluation = new Evaluation(now, pools);
    this.newest = newestOfSequences();
    for (Optional<String> pool :
        List.of(policy.moveTo(), policy.promote().map(TieringPolicy.Promote::toPool))) {
      if (pool.isPresent()) {
        evaluation.share(pool.get());
      }
    }
  }

  /** A visitor that collects what it can't read and gives the rest as facts. */
  private abstract class Scan implements FileWalk.Visitor {
    final List<String> unreadable = new ArrayList<>();

    @Override
    public void file(PathBytes path, PosixDirectory directory, PathBytes name, FileStat stat) {
      try {
        Fid fid = lustre.identity().fid(directory, name);
        look(new FileFacts(lustre, path, fid, stat));
      } catch (IOException e) {
        failed(path, e);
      }
    }

    abstract void look(FileFacts file) throws IOException;

    @Override
    public void failed(PathBytes path, IOException failure) {
      if (unreadable.size() < MAX_UNREADABLE) {
        unreadable.add(path + ": " + failure.getMessage());
      }
    }
  }

  Draft plan() throws IOException {
    Trigger trigger = trigger();
    Selection down = new Selection(trigger.wantedBytes());
    List<Step> promotions = new ArrayList<>();
    Scan scan =
        new Scan() {
          @Override
          void look(FileFacts file) throws IOException {
            Optional<Step> promotion = promotion(file);
            if (promotion.isPresent()) {
              promotions.add(promotion.get());
            } else if (trigger.wantedBytes() > 0) {
              Optional<Step> step = downward(file);
              if (step.isPresent()) {
                down.offer(step.get());
              }
            }
          }
        };
    FileWalk.walk(lustre.tree(), policy.under(), scan);
    promotions.sort(Comparator.comparing(Step::lastUse).reversed().thenComparing(Step::path));
    List<Step> steps = new ArrayList<>(promotions);
    steps.addAll(down.oldestFirst());
    return new Draft(steps, down.bytes(), trigger.words(), scan.unreadable);
  }

  /** The step for one file, as of now; empty when the policy leaves it as it is. */
  Optional<Step> stepFor(FileFacts file) throws IOException {
    Optional<Step> promotion = promotion(file);
    return promotion.isPresent() ? promotion : downward(file);
  }

  private Optional<Step> promotion(FileFacts file) throws IOException {
    TieringPolicy.Promote promote = policy.promoteOrNull();
    if (promote == null
        || Duration.between(file.lastUse(), now).compareTo(promote.usedWithin()) > 0
        || file.stat().size() == 0
        || file.state().isReleased()
        || !file.pool().equals(promote.fromPool())) {
      return Optional.empty();
    }
    return Optional.of(
        step(
            file,
            List.of(Action.PROMOTE),
            "used within " + promote.usedWithin() + ", in pool " + promote.fromPool()));
  }

  private Optional<Step> downward(FileFacts file) throws IOException {
    if (newest.contains(file.path()) || !evaluation.matches(policy.condition(), file)) {
      return Optional.empty();
    }
    List<Action> actions = actions(file);
    return actions.isEmpty()
        ? Optional.empty()
        : Optional.of(step(file, actions, "matches, last used " + file.lastUse()));
  }

  private List<Action> actions(FileFacts file) throws IOException {
    HsmState state = file.state();
    List<Action> actions = new ArrayList<>();
    if (state.isReleased()) {
      return actions;
    }
    String target = policy.moveToOrNull();
    if (target != null && file.stat().size() > 0 && !file.pool().equals(target)) {
      actions.add(Action.MOVE);
    }
    if (policy.archiveTo().isPresent() && !state.has(HsmFlag.NOARCHIVE)) {
      if (!state.isArchivedAndClean()) {
        actions.add(Action.ARCHIVE);
      }
      if (policy.release() == TieringPolicy.Release.ONCE_ARCHIVED
          && !state.has(HsmFlag.NORELEASE)
          && file.stat().size() > 0) {
        actions.add(Action.RELEASE);
      }
    }
    return actions;
  }

  private static Step step(FileFacts file, List<Action> actions, String reason) {
    return new Step(
        file.path(),
        file.fid(),
        DataSize.ofBytes(512 * file.stat().blocks()),
        file.lastUse(),
        actions,
        reason);
  }

  private Trigger trigger() throws IOException {
    TieringPolicy.Watermarks marks = policy.watermarksOrNull();
    if (marks == null) {
      return new Trigger(Long.MAX_VALUE, "No watermarks: every matching file.");
    }
    long capacity = 0;
    long used = 0;
    String watched;
    if (marks.pool().isPresent()) {
      watched = "pool " + marks.pool().get();
      PoolUsage pool = pool(marks.pool().get());
      capacity = pool.capacity().bytes();
      used = pool.used().bytes();
    } else {
      watched = "all OSTs";
      for (TargetUsage target : lustre.usage().targets()) {
        if (target.kind() == TargetUsage.Kind.OST) {
          capacity += target.capacity().bytes();
          used += target.used().bytes();
        }
      }
    }
    Percent share = Percent.of(used, capacity);
    String seen = watched + " at " + share + ", high " + marks.high() + ", low " + marks.low();
    boolean begins = share.compareTo(marks.high()) > 0;
    boolean goesOn = isUnderWay && share.compareTo(marks.low()) > 0;
    if (!begins && !goesOn) {
      return new Trigger(0, "Nothing to do: " + seen + ".");
    }
    long wanted = used - marks.low().of(capacity);
    return new Trigger(
        Math.max(0, wanted),
        (begins ? "Above the high watermark: " : "On the way down to the low watermark: ")
            + seen
            + "; "
            + DataSize.ofBytes(Math.max(0, wanted))
            + " to free.");
  }

  /** Whether the watched tier is at or below the low watermark. */
  boolean isAtLow() throws IOException {
    return trigger().wantedBytes() == 0;
  }

  private PoolUsage pool(String name) throws IOException {
    for (PoolUsage pool : pools) {
      if (pool.name().equals(name)) {
        return pool;
      }
    }
    throw new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot plan \""
            + policy.name()
            + "\": the file system has no pool \""
            + name
            + "\". Name one of "
            + pools.stream().map(PoolUsage::name).toList()
            + ".");
  }

  private Set<PathBytes> newestOfSequences() throws IOException {
    TieringPolicy.KeepNewest keep = policy.keepNewestOrNull();
    if (keep == null) {
      return Set.of();
    }
    Sequences sequences = new Sequences(keep);
    FileWalk.walk(
        lustre.tree(),
        policy.under(),
        new FileWalk.Visitor() {
          @Override
          public void file(
              PathBytes path, PosixDirectory directory, PathBytes name, FileStat stat) {
            sequences.offer(path);
          }

          @Override
          public void failed(PathBytes path, IOException failure) {
            // The planning walk meets it again and reports it.
          }
        });
    return sequences.newest();
  }

  String explain(PathBytes asked) throws IOException {
    PathBytes path = FileWalk.normal(asked);
    if (!path.isAtOrBelow(policy.under())) {
      return path + " is not at or below " + policy.under() + ", which the policy is about.\n";
    }
    FileStat stat = lustre.tree().stat(path);
    if (!stat.isRegular()) {
      return path + " is a " + stat.type() + "; policies are about regular files.\n";
    }
    FileFacts file = new FileFacts(lustre, path, lustre.identity().fid(path), stat);
    StringBuilder text = new StringBuilder();
    text.append(path).append(' ').append(file.fid()).append(", ").append(file.state()).append('\n');
    text.append(trigger().words()).append('\n');
    text.append(evaluation.explain(policy.condition(), file));
    if (newest.contains(path)) {
      text.append("  kept: one of the newest ")
          .append(policy.keepNewest().map(TieringPolicy.KeepNewest::count).orElse(0))
          .append(" of its sequence\n");
    }
    Optional<Step> step = stepFor(file);
    text.append(
        step.map(s -> "Would be done: " + s.actions() + " (" + s.reason() + ")\n")
            .orElse("Would be left as it is.\n"));
    return text.toString();
  }
}
