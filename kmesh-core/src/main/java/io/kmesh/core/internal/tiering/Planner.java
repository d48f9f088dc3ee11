// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.core.internal.hsm.FileWalk;
import io.kmesh.core.internal.hsm.ReportBuilder;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
   * @param unreadable the first entries that could not be looked at
   * @param unreadableInAll how many could not be looked at
   */
  record Draft(
      List<Step> steps,
      long bytesToFree,
      String trigger,
      List<String> unreadable,
      long unreadableInAll) {}

  /**
   * What the policy wants of one file.
   *
   * @param step what is done
   * @param frees bytes that this frees on the watched tier
   */
  record Wish(Step step, long frees) {}

  /**
   * Whether and how much.
   *
   * @param wantedBytes bytes to free; {@link Long#MAX_VALUE} for all that match, 0 for none
   * @param words why
   */
  private record Trigger(long wantedBytes, String words) {}

  /** The most steps of one plan, so that a plan fits into memory (some 300 bytes each). */
  private static final int MOST_STEPS = 500_000;

  private static final int MAX_UNREADABLE = 1000;
  private static final String MATCHES = "matches";

  private final LustreBinding lustre;
  private final TieringPolicy policy;
  private final Instant now;
  private final boolean isUnderWay;
  private final List<PoolUsage> pools;
  private final Evaluation evaluation;
  private final NewestFiles newest;
  private final Trigger trigger;
  private final Map<List<Action>, List<Action>> actionLists = new HashMap<>();

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
    this.newest = new NewestFiles(lustre.tree(), policy.keepNewestOrNull());
    this.trigger = trigger();
    for (Optional<String> pool :
        List.of(policy.moveTo(), policy.promote().map(TieringPolicy.Promote::toPool))) {
      if (pool.isPresent()) {
        evaluation.share(pool.get());
      }
    }
  }

  /** The walk that makes a plan. */
  private final class Scan implements FileWalk.Visitor {
    final List<String> unreadable = new ArrayList<>();
    final Selection down = new Selection(trigger.wantedBytes(), MOST_STEPS);
    final List<Step> up = new ArrayList<>();
    // Only files with several names can be met twice.
    final Set<Fid> linked = new HashSet<>();
    long upLeft;
    long unreadableInAll;

    @Override
    public void file(PathBytes path, PosixDirectory directory, PathBytes name, FileStat stat) {
      try {
        Fid fid = lustre.identity().fid(directory, name);
        Optional<Wish> wish = wish(new FileFacts(lustre, path, fid, stat));
        if (wish.isEmpty() || (stat.links() > 1 && !linked.add(fid))) {
          return;
        }
        Step step = wish.get().step();
        if (!step.actions().contains(Action.PROMOTE)) {
          down.offer(step, wish.get().frees());
        } else if (up.size() < MOST_STEPS) {
          up.add(step);
        } else {
          upLeft++;
        }
      } catch (IOException e) {
        failed(path, e);
      }
    }

    @Override
    public void failed(PathBytes path, IOException failure) {
      if (ReportBuilder.isGone(failure)) {
        return; // it vanished: nothing is left to plan
      }
      unreadableInAll++;
      if (unreadable.size() < MAX_UNREADABLE) {
        unreadable.add(path + ": " + failure.getMessage());
      }
    }

    String words() {
      long left = down.left() + upLeft;
      return left == 0
          ? trigger.words()
          : trigger.words() + " " + left + " more files match: plan again when these are done.";
    }
  }

  Draft plan() throws IOException {
    Scan scan = new Scan();
    FileWalk.walk(lustre.tree(), policy.under(), scan);
    List<Step> steps = scan.up;
    steps.sort(Comparator.comparing(Step::lastUse).reversed().thenComparing(Step::path));
    steps.addAll(scan.down.oldestFirst());
    return new Draft(steps, scan.down.bytes(), scan.words(), scan.unreadable, scan.unreadableInAll);
  }

  /** What the policy wants of one file, as of now; empty when it leaves it as it is. */
  Optional<Wish> wish(FileFacts file) throws IOException {
    Optional<Step> promotion = promotion(file);
    return promotion.isPresent() ? promotion.map(step -> new Wish(step, 0)) : downward(file);
  }

  private Optional<Step> promotion(FileFacts file) throws IOException {
    TieringPolicy.Promote promote = policy.promoteOrNull();
    if (promote == null
        || isFull(promote.toPool())
        || Duration.between(file.lastUse(), now).compareTo(promote.usedWithin()) > 0
        || file.stat().size() == 0
        || file.state().isReleased()
        || file.state().has(HsmFlag.DIRTY)
        || !file.pool().equals(promote.fromPool())) {
      return Optional.empty();
    }
    return Optional.of(
        step(
            file,
            List.of(Action.PROMOTE),
            "used within " + promote.usedWithin() + ", in pool " + promote.fromPool()));
  }

  /** Whether files are being taken out of a pool: then none is brought there. */
  private boolean isFull(String pool) {
    TieringPolicy.Watermarks marks = policy.watermarksOrNull();
    return marks != null
        && marks.pool().filter(pool::equals).isPresent()
        && trigger.wantedBytes() > 0;
  }

  private Optional<Wish> downward(FileFacts file) throws IOException {
    if (trigger.wantedBytes() == 0
        || !evaluation.matches(policy.condition(), file)
        || newest.isOneOf(file.path())) {
      return Optional.empty();
    }
    List<Action> actions = actions(file, new ArrayList<>());
    long frees = frees(file, actions);
    if (actions.isEmpty() || (frees == 0 && policy.watermarks().isPresent())) {
      return Optional.empty();
    }
    return Optional.of(new Wish(step(file, actions, MATCHES), frees));
  }

  /** Bytes that leave the tier whose watermarks count; without watermarks, the one they are on. */
  private long frees(FileFacts file, List<Action> actions) throws IOException {
    long space = space(file);
    TieringPolicy.Watermarks marks = policy.watermarksOrNull();
    String watched = marks == null ? null : marks.poolOrNull();
    if (watched != null && !file.pool().equals(watched)) {
      return 0;
    }
    if (actions.contains(Action.RELEASE)) {
      return space;
    }
    boolean movesAway = actions.contains(Action.MOVE) && (marks == null || watched != null);
    return movesAway ? space : 0;
  }

  /**
   * What is done to a file that matches.
   *
   * @param notes gets why something is not done
   */
  private List<Action> actions(FileFacts file, List<String> notes) throws IOException {
    HsmState state = file.state();
    List<Action> actions = new ArrayList<>();
    if (state.isReleased()) {
      notes.add("it is released already");
      return actions;
    }
    String target = policy.moveToOrNull();
    if (target != null) {
      if (file.stat().size() == 0) {
        notes.add("it is empty: nothing to move");
      } else if (state.has(HsmFlag.DIRTY)) {
        notes.add("it is not moved: it changed since it was archived");
      } else if (file.pool().equals(target)) {
        notes.add("its data are in pool " + target + " already");
      } else {
        actions.add(Action.MOVE);
      }
    }
    if (policy.archiveTo().isPresent()) {
      addArchiving(file, state, actions, notes);
    }
    return actions;
  }

  private void addArchiving(
      FileFacts file, HsmState state, List<Action> actions, List<String> notes) {
    if (state.has(HsmFlag.NOARCHIVE)) {
      notes.add("it is not archived: it is marked NOARCHIVE");
      return;
    }
    if (state.isArchivedAndClean()) {
      notes.add("it is archived already");
    } else {
      actions.add(Action.ARCHIVE);
    }
    if (policy.release() == TieringPolicy.Release.ONCE_ARCHIVED) {
      if (state.has(HsmFlag.NORELEASE)) {
        notes.add("it is not released: it is marked NORELEASE");
      } else if (file.stat().size() == 0) {
        notes.add("it is empty: nothing to release");
      } else {
        actions.add(Action.RELEASE);
      }
    }
  }

  /** Whether all that a step wants of a file is so. */
  boolean isDone(Step step, FileFacts file) throws IOException {
    for (Action action : step.actions()) {
      boolean isSo =
          switch (action) {
            case RELEASE -> file.state().isReleased();
            case ARCHIVE -> file.state().isArchivedAndClean();
            case MOVE -> file.pool().equals(policy.moveToOrNull());
            case PROMOTE -> isPromoted(file);
          };
      if (!isSo) {
        return false;
      }
    }
    return true;
  }

  private boolean isPromoted(FileFacts file) throws IOException {
    TieringPolicy.Promote promote = policy.promoteOrNull();
    return promote != null && file.pool().equals(promote.toPool());
  }

  private static long space(FileFacts file) {
    return 512 * file.stat().blocks();
  }

  private Step step(FileFacts file, List<Action> actions, String reason) {
    return new Step(
        file.path(),
        file.fid(),
        DataSize.ofBytes(space(file)),
        file.lastUse(),
        actionLists.computeIfAbsent(List.copyOf(actions), a -> a),
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

  /** Whether nothing is to be freed: the watched tier is at or below where the policy acts. */
  boolean isAtLow() {
    return trigger.wantedBytes() == 0;
  }

  /** Why the policy acts now, or why not. */
  String triggerWords() {
    return trigger.words();
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
    text.append(trigger.words()).append('\n');
    text.append(evaluation.explain(policy.condition(), file));
    if (newest.isOneOf(path)) {
      text.append("  kept: one of the newest ")
          .append(policy.keepNewest().map(TieringPolicy.KeepNewest::count).orElse(0))
          .append(" of its sequence\n");
    }
    Optional<Step> step = wish(file).map(Wish::step);
    if (step.isPresent()) {
      text.append("Would be done: " + step.get().actions() + " (" + step.get().reason() + ")\n");
      return text.toString();
    }
    List<String> notes = new ArrayList<>();
    List<Action> actions = actions(file, notes);
    notes.forEach(note -> text.append("  ").append(note).append('\n'));
    if (policy.watermarks().isPresent() && !actions.isEmpty() && frees(file, actions) == 0) {
      text.append("  it frees nothing of what the watermarks watch\n");
    }
    return text.append("Would be left as it is.\n").toString();
  }
}
