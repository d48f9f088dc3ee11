// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.core.internal.time.SystemTime;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.BlockingObjectStore;
import io.kmesh.spi.store.ForwardingObjectStore;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An object store in a directory of a local or shared file system, with every capability. What is
 * acknowledged is durable: the object's file and the directories that name it were synced. Writes
 * that wait for each other share their syncs of directories.
 *
 * <p>Several processes may open one directory at the same time; conditions are atomic between them.
 * The stored form is described in {@code docs/format/directory-store.md}. An object's bytes come
 * first in its file, as they are. Files belong to this process's user alone (modes 0600 and 0700).
 *
 * <p>{@link #read} checks that the file is the key's and has not been cut; who reads a whole object
 * compares its bytes with {@link ObjectInfo#sha256}. In a list an object whose file is damaged has
 * the ETag {@value #DAMAGED}; every other call on it but an unconditional put or delete fails with
 * CORRUPT.
 *
 * <p>Thread-safe. Stages complete on threads named {@code kmesh-store-*}.
 */
public final class DirectoryStore extends ForwardingObjectStore {
  /** The ETag of an object in a list whose file is damaged. */
  public static final String DAMAGED = "damaged";

  private static final Duration CLOSE_LIMIT = Duration.ofMinutes(10);

  private final URI uri;
  private final StoreLayout layout;
  private final StoreFiles files;
  private final StoreCounters counters;
  private final StoreFailures failures;
  private final StoreChecks checks;
  private final StoreFiles.Exclusive lock;
  private final Staging staging;
  private final Committer committer;
  private final StoreCalls calls;
  private final StoreCalls waited;
  private final StoreThreads writers = new StoreThreads("store-write");
  private final StoreThreads readers = new StoreThreads("store-read");

  /**
   * How much a store did since it was opened.
   *
   * @param puts objects that became visible by put, copy or a completed upload
   * @param commits group commits
   * @param fsyncs syncs of files and directories
   */
  public record Counts(long puts, long commits, long fsyncs) {}

  private DirectoryStore(Builder builder) throws IOException {
    this.layout = new StoreLayout(builder.directory.toAbsolutePath().normalize());
    this.uri = uriOf(layout.root());
    this.counters = new StoreCounters(builder.observer);
    this.files =
        new SyncCountingFiles(
            builder.files == null ? new NioFiles(builder.time) : builder.files, counters);
    this.failures = new StoreFailures(uri);
    this.checks = new StoreChecks(uri, StoreCalls.CAPABILITIES, StoreCalls.LIMITS);
    layout.prepareRoot(files);
    this.lock = files.exclusive(layout.lock());
    boolean opened = false;
    try {
      this.staging = begin(builder);
      opened = true;
    } finally {
      if (!opened) {
        lock.close();
      }
    }
    KeyNames names = new KeyNames(files, lock);
    this.committer = new Committer(files, names, layout.objects(), lock, counters);
    ObjectWriter writer =
        new ObjectWriter(
            files, layout, staging, committer, failures, checks, builder.time, builder.generations);
    Uploads uploads =
        new Uploads(
            files,
            layout,
            staging,
            committer,
            lock,
            failures,
            checks,
            writer,
            builder.time,
            builder.generations);
    StoreCalls.Parts parts =
        new StoreCalls.Parts(
            uri, layout, files, names, counters, failures, checks, writer, uploads);
    this.calls = new StoreCalls(parts, writers.own(), readers.own(), this);
    this.waited = new StoreCalls(parts, writers.callers(), readers.callers(), this);
  }

  private Staging begin(Builder builder) throws IOException {
    lock.acquire();
    try {
      layout.prepare(files);
      Staging.collect(files, layout.staging());
      Uploads.collect(files, layout.uploads());
      return Staging.begin(
          files,
          layout.staging(),
          ProcessHandle.current().pid()
              + "-"
              + HexFormat.of().toHexDigits(builder.generations.getAsLong()));
    } finally {
      lock.release();
    }
  }

  private static URI uriOf(Path root) {
    String text = root.toUri().toString();
    return URI.create(
        text.endsWith("/") && text.length() > "file:///".length()
            ? text.substring(0, text.length() - 1)
            : text);
  }

  /**
   * Opens the store in a directory, which is made where its parent exists; an empty directory
   * becomes a store.
   *
   * @throws ProviderException INVALID when the directory holds something else or a newer format,
   *     CORRUPT when its marker is damaged, NOT_FOUND when the directory above does not exist
   */
  public static DirectoryStore at(Path directory) throws IOException {
    return builder(directory).open();
  }

  /** Begins to describe a store that differs from the default. */
  public static Builder builder(Path directory) {
    return new Builder(directory);
  }

  @Override
  protected ObjectStore delegate() {
    return calls;
  }

  /** A view whose calls run on the thread that waits for them anyway. */
  @Override
  public BlockingObjectStore blocking() {
    return waited.blocking();
  }

  /** How much this store did since it was opened. */
  public Counts counts() {
    return counters.counts();
  }

  /** Waits until what was begun is done and durable, then closes. A second call does nothing. */
  @Override
  public void close() throws IOException {
    if (writers.isClosed()) {
      return;
    }
    writers.close();
    readers.close();
    try {
      boolean ended = writers.awaitEnd(CLOSE_LIMIT) && readers.awaitEnd(CLOSE_LIMIT);
      committer.close();
      if (!ended) {
        throw new InterruptedException();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(
          "Cannot close "
              + uri
              + ": work under way did not end. What was acknowledged is durable.");
    } finally {
      try (lock) {
        staging.close();
      }
    }
  }

  @Override
  public String toString() {
    return "DirectoryStore(" + uri + ")";
  }

  /** Describes a store that differs from the default. Not thread-safe. */
  public static final class Builder {
    private final Path directory;
    private KmeshTime time = SystemTime.INSTANCE;
    private Observer observer = Observer.NONE;
    private LongSupplier generations = () -> ThreadLocalRandom.current().nextLong();
    private @Nullable StoreFiles files;

    private Builder(Path directory) {
      this.directory = directory;
    }

    /** The clock of last-modified times; the machine's by default. */
    public Builder time(KmeshTime value) {
      this.time = value;
      return this;
    }

    /** Who is told the counters {@code store.puts}, {@code store.commits}, {@code store.fsyncs}. */
    public Builder observer(Observer value) {
      this.observer = value;
      return this;
    }

    /** Stands in for random numbers in tests of the format. */
    Builder generations(LongSupplier value) {
      this.generations = value;
      return this;
    }

    /** Stands in for the file system in tests of crashes. */
    Builder files(StoreFiles value) {
      this.files = value;
      return this;
    }

    /** Opens the store. */
    public DirectoryStore open() throws IOException {
      return new DirectoryStore(this);
    }
  }
}
