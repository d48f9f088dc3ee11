// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.snapshots.ContentWriter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A session that many archives write to, each with a writer for as long as it reads its file. Its
 * counts are guarded by the group commit's monitor.
 */
final class SharedSession {
  private final Session session;
  private final MetadataWriter metadata;
  private final List<ContentWriter> writers = new ArrayList<>(); // guarded by this
  private final Deque<ContentWriter> idle = new ArrayDeque<>(); // guarded by this

  /** Archives that may write or publish still. */
  int members;

  /** Members that will soon have something to publish. */
  int soon;

  /** How often it was published. */
  int publishes;

  /** Whether nothing of it is to be published any more. */
  volatile boolean isBroken;

  /** What waits to be published. */
  final Deque<GroupCommit.Waiting> waiting = new ArrayDeque<>();

  SharedSession(Session session) throws IOException {
    this.session = session;
    this.metadata = session.metadataWriter();
  }

  Session session() {
    return session;
  }

  MetadataWriter metadata() {
    return metadata;
  }

  /** A writer for the calling thread, until it is given back. */
  synchronized ContentWriter borrow() throws IOException {
    ContentWriter writer = idle.poll();
    if (writer == null) {
      writer = new ContentWriter(session, metadata);
      writers.add(writer);
    }
    return writer;
  }

  synchronized void giveBack(ContentWriter writer) {
    idle.push(writer);
  }

  /** Puts all chunks that were written so far into packs, of whatever file they are. */
  void flush() throws IOException {
    List<ContentWriter> all;
    synchronized (this) {
      all = List.copyOf(writers);
    }
    for (ContentWriter writer : all) {
      writer.flush();
    }
  }

  /** Ends it in the head; what it wrote and did not publish is garbage. */
  void abandon() throws IOException {
    session.abandon();
  }

  /** Frees memory and threads, when no member is left. */
  synchronized void close() {
    writers.forEach(ContentWriter::close);
    writers.clear();
    idle.clear();
    metadata.close();
    session.close();
  }
}
