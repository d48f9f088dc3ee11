// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.session;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.head.HeadLog;
import io.kmesh.core.internal.repository.index.ChunkIndex;
import io.kmesh.core.internal.repository.index.IndexRun;
import io.kmesh.core.internal.repository.index.PackFrames;
import io.kmesh.core.internal.repository.index.RunFile;
import io.kmesh.core.internal.repository.pack.PackId;
import io.kmesh.core.internal.repository.pack.PackWriter;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Writes chunks that no head names yet, then publishes them at once. What was not published is
 * garbage, which the collector finds by the session's absence from the head. Thread-safe.
 */
public final class Session implements AutoCloseable {
  /** The bytes from which a pack is written. */
  public static final int PACK_TARGET = 32 << 20;

  private static final HexFormat HEX = HexFormat.of();

  private final Domain domain;
  private final String id;
  private final FreshChunks fresh = new FreshChunks();
  private final Set<PackId> referred = ConcurrentHashMap.newKeySet();
  private final AtomicInteger packs = new AtomicInteger();
  private final AtomicInteger runNumber = new AtomicInteger();
  private final PackWriter data;
  private final PackWriter metadata;
  private final Stored storedData = new Stored(PackFrames.DATA);
  private final Stored storedMetadata = new Stored(PackFrames.METADATA);
  private volatile ChunkIndex index;
  private final Map<String, RunFile> own = new LinkedHashMap<>(); // by key; guarded by this
  private boolean isEnded;

  private Session(Domain domain, String id, ChunkIndex index, int packTarget) {
    this.domain = domain;
    this.id = id;
    this.index = index;
    this.data = writer(PackFrames.DATA, storedData, packTarget);
    this.metadata = writer(PackFrames.METADATA, storedMetadata, packTarget);
  }

  private PackWriter writer(int type, Stored stored, int target) {
    return new PackWriter(
        type,
        target,
        () -> PackId.of(id, packs.getAndIncrement()),
        domain.packKeys(),
        domain.objects(),
        stored::add);
  }

  /**
   * Begins a session: it is in the head before it writes.
   *
   * @param id 24 hexadecimal digits, never used before
   * @param began milliseconds since 1970, for people
   * @param host where it runs, for people
   * @param holds chunks that it reads and that must stay
   */
  public static Session begin(
      Domain domain, String id, long began, String host, List<ChunkName> holds, int packTarget)
      throws IOException {
    return begin(domain, id, began, host, head -> holds, packTarget);
  }

  /**
   * Begins a session that holds what a head has: chosen in the commit that begins it, so that what
   * is held was not forgotten before.
   */
  public static Session begin(
      Domain domain,
      String id,
      long began,
      String host,
      Function<Head, List<ChunkName>> holds,
      int packTarget)
      throws IOException {
    Head head =
        domain
            .heads()
            .commit(
                h ->
                    h.withSession(
                        new Head.Session(id, began, host, holds.apply(h), h.generation() + 1)));
    return new Session(domain, id, index(domain, head), packTarget);
  }

  /**
   * The index that a head names; that of a newer head when others merged and deleted its runs while
   * they were read.
   */
  public static ChunkIndex index(Domain domain, Head head) throws IOException {
    for (Head at = head; ; ) {
      try {
        return indexOf(domain, at);
      } catch (ProviderException e) {
        if (e.kind() != ErrorKind.NOT_FOUND) {
          throw e;
        }
        Head newer = domain.heads().newest();
        if (newer.generation() == at.generation()) {
          throw e;
        }
        at = newer;
      }
    }
  }

  private static ChunkIndex indexOf(Domain domain, Head head) throws IOException {
    List<RunFile> runs = new ArrayList<>();
    for (Head.Run run : head.runs()) {
      runs.add(domain.runs().open(run.key()));
    }
    return new ChunkIndex(runs, head.shunned());
  }

  /** What is stored of one type and in no run yet, and its runs. */
  private final class Stored {
    private final int type;
    private final List<Head.Run> runs = new ArrayList<>();
    private List<PackFrames> waiting = new ArrayList<>();
    private int chunks;

    Stored(int type) {
      this.type = type;
    }

    synchronized void add(PackFrames pack) throws IOException {
      waiting.add(pack);
      chunks += pack.chunks();
      // A run that is full goes out, so that memory does not grow with the number of files.
      if (chunks >= IndexRun.MOST_CHUNKS / 2) {
        spill();
      }
    }

    synchronized void spill() throws IOException {
      if (waiting.isEmpty()) {
        return;
      }
      String key = id + "/" + HEX.toHexDigits(runNumber.getAndIncrement());
      RunFile run = domain.runs().write(key, IndexRun.of(waiting));
      runs.add(0, new Head.Run(key, chunks, type));
      waiting = new ArrayList<>();
      chunks = 0;
      know(key, run);
    }

    synchronized List<Head.Run> runs() {
      return List.copyOf(runs);
    }

    synchronized void published(List<Head.Run> published) {
      runs.removeAll(published);
    }
  }

  private synchronized void know(String key, RunFile run) {
    own.put(key, run);
    index = index.with(run);
    fresh.keep((first, second) -> !run.holds(first, second));
  }

  /** The session's number. */
  public String id() {
    return id;
  }

  /** What it takes for there, its own runs included. */
  public ChunkIndex index() {
    return index;
  }

  /** The domain it writes to. */
  public Domain domain() {
    return domain;
  }

  /** A writer of chunks for one thread. */
  public ChunkWriter chunkWriter() throws IOException {
    return new ChunkWriter(this, domain.namers().get(), data);
  }

  /** A writer of metadata. */
  public MetadataWriter metadataWriter() throws IOException {
    return new MetadataWriter(new ChunkWriter(this, domain.namers().get(), metadata));
  }

  /** The packs of a type, for who writes frames as they are. */
  public PackWriter packs(int type) {
    return type == PackFrames.DATA ? data : metadata;
  }

  /** Takes a chunk that is to be written; false when it is there, or on its way. */
  boolean claim(ChunkName name) {
    return !refer(name) && fresh.claim(name);
  }

  /**
   * Refers to a chunk that others stored, as to one that is not written because it is there: when
   * it is gone by then, publishing says so.
   *
   * @return false when it is not there, as far as this session knows: {@link #renew}
   */
  public boolean refer(ChunkName name) {
    Optional<PackId> there = index.findPack(name);
    if (there.isPresent() && !there.get().session().equals(id)) {
      referred.add(there.get());
    }
    return there.isPresent();
  }

  /** Learns what others published since it began. */
  public synchronized void renew() throws IOException {
    // Asked for in here, so that no older head's index takes the place of a newer one's.
    renew(domain.heads().newest(), Set.of());
  }

  /** The bytes of all packs so far. */
  public long stored() {
    return data.stored() + metadata.stored();
  }

  /**
   * Publishes what was written, in one commit with a change of the head. All chunk writers that
   * wrote what the change refers to were flushed. The session stays open, and may refer to all that
   * it wrote in later changes too.
   *
   * @throws ChunksGoneException when chunks that were not written because they were there are gone
   * @throws ProviderException PRECONDITION when the session was ended by a collector
   */
  public Head publish(HeadLog.Change change) throws IOException {
    return publish(change, false);
  }

  /** Publishes as {@link #publish} does and ends the session. */
  public Head publishAndEnd(HeadLog.Change change) throws IOException {
    Head head = publish(change, true);
    isEnded = true;
    return head;
  }

  private Head publish(HeadLog.Change change, boolean isLast) throws IOException {
    data.flush();
    metadata.flush();
    storedData.spill();
    storedMetadata.spill();
    List<Head.Run> runs = new ArrayList<>(storedMetadata.runs());
    runs.addAll(storedData.runs());
    Head published =
        domain
            .heads()
            .commit(
                head -> {
                  Head next = change.apply(withReferred(head).withNewRuns(runs));
                  return isLast ? next.withoutSession(id) : next.withSession(known(head));
                });
    storedData.published(runs);
    storedMetadata.published(runs);
    referTo(runs);
    return published;
  }

  /** What is published may be condemned, like what others wrote, and is referred to from here. */
  private synchronized void referTo(List<Head.Run> published) {
    for (Head.Run run : published) {
      RunFile file = own.get(run.key());
      if (file != null) {
        file.packs().forEach(pack -> referred.add(pack.id()));
      }
    }
  }

  /** This session in the head after a given one, which refers to nothing that is to go there. */
  private Head.Session known(Head head) throws ProviderException {
    return head.session(id)
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.PRECONDITION,
                    "Cannot publish in "
                        + domain
                        + ": the session "
                        + id
                        + " was taken for dead and ended. Begin anew; what it wrote may be found"
                        + " again."))
        .knowing(head.generation() + 1);
  }

  /** The head with what this session refers to taken back from the condemned. */
  private Head withReferred(Head head) throws IOException {
    known(head);
    shun(head);
    Set<PackId> gone = new HashSet<>(head.gone());
    gone.retainAll(referred);
    if (gone.isEmpty()) {
      Optional<PackId> lost = firstUnknown(head);
      if (lost.isEmpty()) {
        return head.takingBack(referred);
      }
      gone.add(lost.get());
    }
    referred.removeAll(gone);
    renew(head, gone);
    throw new ChunksGoneException(domain.toString(), gone.size());
  }

  /**
   * Refers to nothing more that is to go. What another thread takes for there at this moment is
   * taken back, or written again, at the next publish.
   */
  private synchronized void shun(Head head) {
    Set<PackId> doomed = head.shunned();
    doomed.removeAll(referred);
    if (!doomed.isEmpty()) {
      index = index.shunning(doomed);
    }
  }

  /** Takes the index of a head, and what this session wrote itself. */
  private synchronized void renew(Head head, Set<PackId> gone) throws IOException {
    ChunkIndex renewed = index(domain, head).shunning(gone);
    for (RunFile run : own.values()) {
      renewed = renewed.with(run);
    }
    index = renewed;
  }

  /** A pack that was referred to and that no run names any more: it went and was forgotten. */
  private Optional<PackId> firstUnknown(Head head) throws IOException {
    if (referred.isEmpty()) {
      return Optional.empty();
    }
    Set<PackId> known = new HashSet<>();
    for (RunFile run : index(domain, head).runs()) {
      run.packs().forEach(pack -> known.add(pack.id()));
    }
    return referred.stream().filter(pack -> !known.contains(pack)).findFirst();
  }

  /** Ends the session without publishing; what it wrote is garbage. */
  public void abandon() throws IOException {
    if (!isEnded) {
      isEnded = true;
      domain.heads().commit(head -> head.session(id).isEmpty() ? head : head.withoutSession(id));
    }
  }

  /** Frees threads. A session that was neither published nor abandoned stays in the head. */
  @Override
  public void close() {
    data.close();
    metadata.close();
  }
}
