// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorArchive;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** A Lustre of maps and a mirror archive over given stores; time does not pass. */
final class MirrorFixture {
  final Map<Fid, MemoryFile> files = new LinkedHashMap<>();
  final Map<Fid, Long> versions = new LinkedHashMap<>();
  final Map<Fid, List<PathBytes>> paths = new LinkedHashMap<>();
  final List<KmeshEvent> events = new ArrayList<>();
  final AtomicLong copied = new AtomicLong();
  final ByteBudget budget = ByteBudget.of(DataSize.ofMib(1));
  final ObjectStore store;
  final StateStore state;
  private final AtomicLong attempts = new AtomicLong();
  MirrorArchive archive;

  MirrorFixture(ObjectStore store, StateStore state) throws IOException {
    this.store = store;
    this.state = state;
    this.archive = open();
  }

  MirrorArchive open() throws IOException {
    archive =
        MirrorArchive.builder("ckpt", store, state, STILL)
            .prefix("m/")
            .budget(budget)
            .partSize(DataSize.ofKib(64))
            .parallelism(3)
            .retry(new RetryPolicy(4, Duration.ofMillis(1), Duration.ofMillis(8)))
            .random(new SplittableRandom(1))
            .attempts(() -> String.format("%032x", attempts.incrementAndGet()))
            .paths(fid -> paths.getOrDefault(fid, List.of()))
            .observer(
                new Observer() {
                  @Override
                  public void event(KmeshEvent event) {
                    events.add(event);
                  }
                })
            .open();
    return archive;
  }

  /** Takes over another world's files; attempt ids go on where that one's ended. */
  void adopt(MirrorFixture other) {
    files.putAll(other.files);
    versions.putAll(other.versions);
    paths.putAll(other.paths);
    attempts.set(Math.max(attempts.get(), other.attempts.get() + 1000));
  }

  static Fid fid(int n) {
    return new Fid(0x200000401L, n, 0);
  }

  Fid write(int n, String path, byte[] bytes) {
    Fid fid = fid(n);
    files.put(fid, new MemoryFile(bytes));
    versions.merge(fid, 1L, Long::sum);
    paths.put(fid, new ArrayList<>(List.of(PathBytes.of(path))));
    return fid;
  }

  void rename(Fid fid, String path) {
    paths.put(fid, new ArrayList<>(List.of(PathBytes.of(path))));
  }

  PendingArchive begin(Fid fid) throws IOException {
    return archive.archive(new Action(fid));
  }

  ArchivedObject archive(Fid fid) throws IOException {
    try (PendingArchive pending = begin(fid)) {
      ArchivedObject object = pending.commit();
      pending.settle();
      return object;
    }
  }

  byte[] restore(Fid fid) throws IOException {
    Restore action = new Restore(fid);
    archive.restore(action);
    return action.target.bytes;
  }

  void remove(Fid fid) throws IOException {
    archive.remove(new Removal(fid));
  }

  void assertRestores(Fid fid) throws IOException {
    assertThat(restore(fid)).as("content of %s", fid).isEqualTo(files.get(fid).bytes);
  }

  static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private class Removal implements RemoveAction {
    final Fid fid;

    Removal(Fid fid) {
      this.fid = fid;
    }

    @Override
    public Fid fid() {
      return fid;
    }

    @Override
    public ArchiveId archiveId() {
      return ArchiveId.of(1);
    }

    @Override
    public List<PathBytes> paths() {
      return paths.getOrDefault(fid, List.of());
    }

    @Override
    public byte[] payload() {
      return "../../etc/passwd".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void checkCancelled() {}
  }

  private final class Action extends Removal implements ArchiveAction {
    private final long version;

    Action(Fid fid) {
      super(fid);
      version = versions.get(fid);
    }

    @Override
    public PosixFile source() {
      return files.get(fid);
    }

    @Override
    public FileStat stat() {
      return files.get(fid).stat();
    }

    @Override
    public long dataVersion() {
      return version;
    }

    @Override
    public void copied(long bytes) {
      copied.addAndGet(bytes);
    }

    @Override
    public ContentDigest transferTo(OutputStream target) {
      throw new UnsupportedOperationException();
    }
  }

  private final class Restore extends Removal implements RestoreAction {
    private final MemoryFile target = new MemoryFile(new byte[0]);

    Restore(Fid fid) {
      super(fid);
    }

    @Override
    public PosixFile target() {
      return target;
    }

    @Override
    public FileStat stat() {
      return files.get(fid).stat();
    }

    @Override
    public void copied(long bytes) {
      copied.addAndGet(bytes);
    }

    @Override
    public ContentDigest transferFrom(InputStream source) {
      throw new UnsupportedOperationException();
    }
  }

  /** A clock whose time of day stands still and that never sleeps. */
  static final KmeshTime STILL =
      new KmeshTime() {
        private final AtomicLong nanos = new AtomicLong();

        @Override
        public Instant now() {
          return Instant.ofEpochSecond(1_700_000_000L);
        }

        @Override
        public long nanoTime() {
          return nanos.get();
        }

        @Override
        public void sleep(Duration duration) {
          nanos.addAndGet(duration.toNanos());
        }

        @Override
        public void await(Object monitor, Duration duration) throws InterruptedException {
          RunningTime.instance().await(monitor, duration);
        }

        @Override
        public Timer schedule(Duration delay, Runnable task) {
          throw new UnsupportedOperationException();
        }
      };
}
