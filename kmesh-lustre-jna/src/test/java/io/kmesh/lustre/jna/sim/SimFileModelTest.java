// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.Transformer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/**
 * The HSM states of one file under any sequence of what users, copytools and the coordinator do,
 * against a model that is written from the reference alone.
 */
class SimFileModelTest {
  private @Nullable Path directory;
  private @Nullable SimulatedLustre lustre;
  private @Nullable CopytoolSession session;
  private int files;

  @BeforeProperty
  void open() throws IOException {
    directory = Files.createTempDirectory("kmesh-model");
    lustre =
        SimulatedLustre.builder(directory)
            .caller(0, 0)
            .time(ManualTime.create())
            .seed(11)
            .coordinator(CoordinatorSettings.DEFAULTS.withMaxRequests(100))
            .open();
    session = lustre.copytools().register(Set.of());
  }

  @AfterProperty
  void close() throws IOException {
    lustre.close();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** What the reference says that the file is, beside the file itself. */
  private final class Model {
    private final PathBytes name = PathBytes.of("file-" + files++);
    private final Fid fid;
    private byte[] content = {1, 2, 3};

    /** The content in the archive; null for none. */
    private byte @Nullable [] archived;

    private final EnumSet<HsmFlag> flags = EnumSet.noneOf(HsmFlag.class);
    private int archiveId;

    /** Whether the data version is the archived one. */
    private boolean same;

    private @Nullable HsmActionKind open;
    private int askedArchive;
    private boolean sent;
    private boolean cancelAsked;
    private boolean cancelSent;
    private @Nullable ActionItem item;

    Model() {
      try {
        reset();
        try (PosixFile file =
            lustre.tree().openFile(name, Set.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
          file.write(ByteBuffer.wrap(content), 0);
        }
        fid = lustre.identity().fid(name);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    /** An idle coordinator, whatever an earlier sequence left behind. */
    private void reset() throws IOException {
      session.close();
      lustre.coordinator().control(CoordinatorCommand.SHUTDOWN);
      lustre.coordinator().control(CoordinatorCommand.ENABLED);
      lustre.coordinator().control(CoordinatorCommand.PURGE);
      session = lustre.copytools().register(Set.of());
    }

    private boolean has(HsmFlag flag) {
      return flags.contains(flag);
    }

    // ---- users

    void write(int value) throws IOException {
      byte[] next = Arrays.copyOf(content, content.length + 1);
      next[content.length] = (byte) value;
      try (PosixFile file = lustre.tree().openFile(name, Set.of(OpenFlag.WRITE))) {
        file.write(ByteBuffer.wrap(new byte[] {(byte) value}), content.length);
      }
      changed(next);
    }

    void truncate(int size) throws IOException {
      int length = Math.min(size, content.length);
      try (PosixFile file = lustre.tree().openFile(name, Set.of(OpenFlag.WRITE))) {
        file.truncate(length);
      }
      changed(Arrays.copyOf(content, length));
    }

    private void changed(byte[] next) {
      content = next;
      same = false;
      if (has(HsmFlag.EXISTS)) {
        flags.add(HsmFlag.DIRTY);
      }
    }

    void request(HsmActionKind kind) throws IOException {
      ThrowingCallable call =
          () -> lustre.hsm().request(HsmRequest.of(kind, ArchiveId.ANY, List.of(fid)));
      if (open != null) {
        succeeds(call);
        return;
      }
      if (isNeeded(kind) && !isAllowed(kind)) {
        fails(call, Errno.EPERM);
        return;
      }
      succeeds(call);
      if (isNeeded(kind)) {
        open = kind;
        askedArchive = archiveId == 0 ? 1 : archiveId;
        sent = false;
        cancelAsked = false;
        cancelSent = false;
      }
    }

    private boolean isNeeded(HsmActionKind kind) {
      return switch (kind) {
        case ARCHIVE -> has(HsmFlag.DIRTY) || !has(HsmFlag.ARCHIVED);
        case RESTORE -> has(HsmFlag.RELEASED) || has(HsmFlag.DIRTY);
        case REMOVE -> has(HsmFlag.ARCHIVED) || has(HsmFlag.EXISTS);
        default -> true;
      };
    }

    private boolean isAllowed(HsmActionKind kind) {
      return switch (kind) {
        case ARCHIVE -> !has(HsmFlag.NOARCHIVE) && (has(HsmFlag.DIRTY) || !has(HsmFlag.ARCHIVED));
        case RESTORE ->
            has(HsmFlag.RELEASED)
                && has(HsmFlag.ARCHIVED)
                && !has(HsmFlag.DIRTY)
                && !has(HsmFlag.LOST);
        case REMOVE -> !has(HsmFlag.RELEASED) && (has(HsmFlag.ARCHIVED) || has(HsmFlag.EXISTS));
        default -> true;
      };
    }

    void cancel() throws IOException {
      lustre.hsm().request(HsmRequest.of(HsmActionKind.CANCEL, ArchiveId.ANY, List.of(fid)));
      if (open != null && !cancelSent) {
        cancelAsked = true;
      }
    }

    void release() throws IOException {
      ThrowingCallable call =
          () ->
              lustre
                  .hsm()
                  .request(HsmRequest.of(HsmActionKind.RELEASE, ArchiveId.ANY, List.of(fid)));
      boolean allowed =
          has(HsmFlag.RELEASED)
              || (has(HsmFlag.ARCHIVED)
                  && !has(HsmFlag.DIRTY)
                  && !has(HsmFlag.NORELEASE)
                  && !has(HsmFlag.LOST)
                  && same);
      if (allowed) {
        succeeds(call);
        flags.add(HsmFlag.RELEASED);
      } else {
        fails(call, Errno.EPERM);
      }
    }

    void change(HsmFlag flag, boolean set) throws IOException {
      EnumSet<HsmFlag> after = EnumSet.copyOf(flags);
      if (set) {
        after.add(flag);
      } else {
        after.remove(flag);
      }
      ThrowingCallable call =
          () ->
              lustre
                  .hsm()
                  .changeState(
                      fid,
                      set ? Set.of(flag) : Set.of(),
                      set ? Set.of() : Set.of(flag),
                      ArchiveId.ANY);
      boolean legal =
          (!after.contains(HsmFlag.DIRTY) || after.contains(HsmFlag.EXISTS))
              && !(after.contains(HsmFlag.RELEASED) && after.contains(HsmFlag.DIRTY))
              && (!after.contains(HsmFlag.RELEASED) || after.contains(HsmFlag.ARCHIVED))
              && (!after.contains(HsmFlag.LOST) || after.contains(HsmFlag.ARCHIVED));
      if (legal) {
        succeeds(call);
        flags.clear();
        flags.addAll(after);
      } else {
        fails(call, Errno.EINVAL);
      }
    }

    // ---- coordinator and copytool

    void deliver() throws IOException {
      lustre.coordinator().step();
      Deque<ActionItem> items = new ArrayDeque<>();
      for (List<ActionItem> some = session.receive(Duration.ZERO);
          !some.isEmpty();
          some = session.receive(Duration.ZERO)) {
        items.addAll(some);
      }
      if (open != null && !sent) {
        // A file with EXISTS set by hand has no archive, and the request took the default one.
        boolean otherArchive =
            open == HsmActionKind.ARCHIVE && has(HsmFlag.EXISTS) && archiveId != askedArchive;
        if (isAllowed(open) && !otherArchive) {
          item = items.removeFirst();
          assertThat(item.action()).isEqualTo(open);
          sent = true;
          if (open == HsmActionKind.ARCHIVE) {
            flags.add(HsmFlag.EXISTS);
            archiveId = 1;
          }
        } else {
          open = null;
        }
      }
      if (cancelAsked) {
        // One CANCEL for each time that it was asked.
        assertThat(items).isNotEmpty().allMatch(i -> i.action() == HsmActionKind.CANCEL);
        cancelAsked = false;
        cancelSent = sent;
        if (sent) {
          // The record is CANCELED from now on: the file is free for another request.
          items.forEach(i -> assertThat(i.cookie()).isEqualTo(item.cookie()));
        }
      } else {
        assertThat(items).isEmpty();
      }
    }

    void end(Ending ending) throws IOException {
      RunningAction begun = null;
      if (cancelSent && open != HsmActionKind.REMOVE) {
        fails(() -> session.begin(item), Errno.ECANCELED);
      } else {
        begun = session.begin(item);
      }
      if (begun == null || ending == Ending.FAIL) {
        session.fail(item, begun == null ? Errno.ECANCELED : Errno.EIO, null);
      } else if (ending == Ending.CHANGE_AND_SUCCEED && open == HsmActionKind.ARCHIVE) {
        write(7);
        fails(begun::succeed, Errno.EBUSY);
      } else {
        succeed(begun);
      }
      if (begun != null) {
        begun.close();
      }
      over();
    }

    private void over() {
      open = null;
      sent = false;
      cancelAsked = false;
      cancelSent = false;
    }

    private void succeed(RunningAction begun) throws IOException {
      if (open == HsmActionKind.RESTORE) {
        begun.data().write(ByteBuffer.wrap(archived), 0);
        if (!has(HsmFlag.RELEASED)) {
          fails(begun::succeed, Errno.EINVAL);
          return;
        }
        begun.succeed();
        flags.remove(HsmFlag.RELEASED);
        flags.remove(HsmFlag.DIRTY);
        content = archived;
        same = true;
        return;
      }
      if (open == HsmActionKind.ARCHIVE) {
        archived = content.clone();
        same = true;
        begun.succeed();
        flags.add(HsmFlag.ARCHIVED);
        flags.remove(HsmFlag.LOST);
        flags.remove(HsmFlag.DIRTY);
      } else {
        begun.succeed();
        flags.removeAll(Set.of(HsmFlag.ARCHIVED, HsmFlag.EXISTS, HsmFlag.LOST));
      }
    }

    // ---- the comparison

    void check() throws IOException {
      assertThat(lustre.hsm().state(fid).flags()).isEqualTo(flags);
      assertThat(lustre.hsm().state(fid).archiveId().value()).isEqualTo(archiveId);
      assertThat(lustre.identity().stat(fid).size()).isEqualTo(content.length);
      CurrentAction now = lustre.hsm().currentAction(fid);
      CurrentAction.Phase phase =
          open == null || cancelSent
              ? CurrentAction.Phase.IDLE
              : sent ? CurrentAction.Phase.RUNNING : CurrentAction.Phase.WAITING;
      assertThat(now.phase()).isEqualTo(phase);
      if (phase != CurrentAction.Phase.IDLE) {
        assertThat(now.action()).contains(open);
      }
      if (!has(HsmFlag.RELEASED)) {
        try (PosixFile file = lustre.tree().openFile(name, Set.of(OpenFlag.READ))) {
          assertThat(SimFixture.read(file)).isEqualTo(content);
        }
      }
      assertThat(lustre.coordinator().violations()).isEmpty();
    }

    private void succeeds(ThrowingCallable call) {
      assertThat(catchThrowable(call)).isNull();
    }

    private void fails(ThrowingCallable call, Errno errno) {
      assertThat(catchThrowable(call))
          .isInstanceOfSatisfying(
              ProviderException.class, e -> assertThat(e.errno()).contains(errno));
    }

    @Override
    public String toString() {
      return fid + " " + flags + " open=" + open + " sent=" + sent;
    }
  }

  private enum Ending {
    SUCCEED,
    FAIL,
    CHANGE_AND_SUCCEED
  }

  /** Something to do, where the model allows it. */
  private interface Step {
    void run(Model model) throws IOException;
  }

  private static Action.Independent<Model> action(
      String name, java.util.function.Predicate<Model> when, Arbitrary<Step> steps) {
    return new Action.Independent<>() {
      @Override
      public boolean precondition(Model model) {
        return when.test(model);
      }

      @Override
      public Arbitrary<Transformer<Model>> transformer() {
        return steps.map(
            step ->
                Transformer.mutate(
                    name,
                    model -> {
                      try {
                        step.run(model);
                        model.check();
                      } catch (IOException e) {
                        throw new AssertionError(e);
                      }
                    }));
      }
    };
  }

  @Provide
  Arbitrary<ActionChain<Model>> chains() {
    Arbitrary<HsmFlag> flags =
        Arbitraries.of(
            HsmFlag.EXISTS, HsmFlag.DIRTY, HsmFlag.NORELEASE, HsmFlag.NOARCHIVE, HsmFlag.LOST);
    Arbitrary<HsmActionKind> requests =
        Arbitraries.of(HsmActionKind.ARCHIVE, HsmActionKind.RESTORE, HsmActionKind.REMOVE);
    return ActionChain.startWith(Model::new)
        .withAction(
            3,
            action(
                "write",
                m -> !m.has(HsmFlag.RELEASED),
                Arbitraries.integers().between(0, 127).map(v -> m -> m.write(v))))
        .withAction(
            2,
            action(
                "truncate",
                m -> !m.has(HsmFlag.RELEASED),
                Arbitraries.integers().between(0, 9).map(v -> m -> m.truncate(v))))
        // A cancelled action is off the list while it runs: the next request would be a second one.
        .withAction(6, action("request", m -> !m.cancelSent, requests.map(k -> m -> m.request(k))))
        .withAction(2, action("cancel", m -> true, Arbitraries.just(Model::cancel)))
        .withAction(4, action("release", m -> true, Arbitraries.just(Model::release)))
        .withAction(3, action("flag", m -> true, flags.map(f -> m -> m.change(f, !m.has(f)))))
        .withAction(6, action("deliver", m -> true, Arbitraries.just(Model::deliver)))
        .withAction(
            6,
            action(
                "end",
                m -> m.sent,
                Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(4, Arbitraries.just(Ending.SUCCEED)),
                        net.jqwik.api.Tuple.of(1, Arbitraries.just(Ending.FAIL)),
                        net.jqwik.api.Tuple.of(1, Arbitraries.just(Ending.CHANGE_AND_SUCCEED)))
                    .map(e -> m -> m.end(e))))
        .withMaxTransformations(40);
  }

  @Property(tries = 100, edgeCases = net.jqwik.api.EdgeCasesMode.NONE)
  void states_underAnySequence_areThoseOfTheModel(@ForAll("chains") ActionChain<Model> chain)
      throws IOException {
    Model end = chain.run();
    // The slot and the name go away, so that the next sequence finds an idle coordinator.
    end.deliver();
    if (end.sent) {
      end.end(Ending.FAIL);
    }
    end.deliver();
    try (PosixDirectory root = lustre.tree().openRoot()) {
      root.unlink(end.name);
    }
    assertThat(catchThrowable(() -> lustre.hsm().state(end.fid)))
        .isInstanceOf(ProviderException.class);
    assertThat(lustre.coordinator().activeRequests(lustre.identity().mdts().get(0))).isZero();
  }
}
