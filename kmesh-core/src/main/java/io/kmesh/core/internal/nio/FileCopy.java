// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.CopyOption;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;

/** Copies one entry between two paths of this provider. Used once. */
final class FileCopy {
  private static final int PIECE = 1 << 20;
  private static final int ALL = 07777;

  private final KmeshPath from;
  private final KmeshPath to;
  private final boolean follows;
  private final boolean replaces;
  private boolean takesAttributes;

  FileCopy(KmeshPath from, KmeshPath to, CopyOption... options) {
    this.from = from;
    this.to = to;
    this.follows = !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
    this.replaces = Arrays.asList(options).contains(StandardCopyOption.REPLACE_EXISTING);
    this.takesAttributes = Arrays.asList(options).contains(StandardCopyOption.COPY_ATTRIBUTES);
    if (Arrays.asList(options).contains(StandardCopyOption.ATOMIC_MOVE)) {
      throw new UnsupportedOperationException("Cannot copy with ATOMIC_MOVE.");
    }
  }

  /** Takes the attributes and links as they are, as a move does. */
  FileCopy withAttributes() {
    takesAttributes = true;
    return this;
  }

  void run() throws IOException {
    Volume source = from.getFileSystem().volume();
    Volume target = to.getFileSystem().volume();
    Writer writer = target.writer();
    Volume.Node node = Located.at(source, from, follows).node();
    Facts facts = source.facts(node);
    Volume.Node there = Located.at(target, to, false).find();
    if (there != null && source == target && target.facts(there).key().equals(facts.key())) {
      return;
    }
    if (!replaces) {
      KmeshFileSystemProvider.requireAbsent(to);
    } else if (there != null) {
      writer.delete(to);
    }
    switch (facts.type()) {
      case DIRECTORY -> writer.makeDirectory(to, facts.mode() & 0777);
      case SYMLINK -> writer.makeSymlink(to, source.target(node));
      case REGULAR -> bytes(source, node, facts);
      default ->
          throw new FileSystemException(
              from.toString(), to.toString(), "a " + facts.type() + " can't be copied");
    }
    if (takesAttributes) {
      attributes(source, node, facts, writer);
    }
  }

  private void bytes(Volume source, Volume.Node node, Facts facts) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(PIECE, Math.max(1, facts.size())));
    try (Volume.Bytes content = Failures.content(from, source, node);
        SeekableByteChannel channel =
            to.getFileSystem()
                .volume()
                .writer()
                .open(
                    to,
                    OpenMode.of(Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)),
                    facts.mode() & 0777)) {
      long at = 0;
      while (content.read(at, buffer.clear(), true) > 0) {
        buffer.flip();
        at += buffer.remaining();
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
    }
  }

  private void attributes(Volume source, Volume.Node node, Facts facts, Writer writer)
      throws IOException {
    for (PathBytes name : source.attributes(node)) {
      writer.setAttribute(to, false, name, source.attribute(node, name));
    }
    writer.setOwner(to, false, facts.uid(), facts.gid());
    if (facts.type() != FileType.SYMLINK) {
      writer.setMode(to, false, facts.mode(), ALL);
    }
    writer.setModified(to, false, facts.mtime());
  }
}
