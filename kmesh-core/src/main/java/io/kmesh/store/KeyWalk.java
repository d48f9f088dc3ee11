// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Walks the keys of a prefix in the order of their UTF-8 bytes. One use, one thread. */
final class KeyWalk {
  private final KeyNames names;
  private final byte[] prefix;
  private final byte[] from; // no smaller key counts
  private final int limit;
  private final List<String> keys = new ArrayList<>();
  private boolean isPast; // what comes now is behind all keys of the prefix

  private KeyWalk(KeyNames names, byte[] prefix, byte @Nullable [] after, int limit) {
    this.names = names;
    this.prefix = prefix;
    byte[] next = after == null ? prefix : successor(after);
    this.from = Arrays.compareUnsigned(next, prefix) > 0 ? next : prefix;
    this.limit = limit;
  }

  /** The first keys of a prefix behind a key, at most so many. */
  static List<String> keys(
      KeyNames names, Path objects, String prefix, @Nullable String after, int limit)
      throws IOException {
    byte[] prefixBytes = prefix.getBytes(StandardCharsets.UTF_8);
    KeyWalk walk =
        new KeyWalk(
            names,
            prefixBytes,
            after == null ? null : after.getBytes(StandardCharsets.UTF_8),
            limit);
    if (!KeyPaths.startsWith(walk.from, prefixBytes)) {
      return List.of(); // all keys of the prefix come before
    }
    int slash = prefixBytes.length;
    while (slash > 0 && prefixBytes[slash - 1] != '/') {
      slash--;
    }
    byte[] whole = Arrays.copyOf(prefixBytes, slash);
    Path directory = objects;
    for (String name : KeyPaths.directoryNames(whole)) {
      directory = directory.resolve(name);
    }
    names.begin();
    walk.directory(directory, whole);
    return walk.keys;
  }

  /** The smallest byte string behind another. */
  private static byte[] successor(byte[] bytes) {
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  private void directory(Path directory, byte[] begin) throws IOException {
    byte[] bound =
        KeyPaths.startsWith(from, begin)
            ? Arrays.copyOfRange(from, begin.length, from.length)
            : new byte[0];
    boolean around = true;
    while (true) {
      NameWindow.Slice slice = names.slice(directory, bound, around, limit - keys.size());
      for (NameWindow.Node node : slice.nodes()) {
        visit(directory, begin, node);
        if (isPast || keys.size() == limit) {
          return;
        }
        byte[] next = successor(node.begin());
        bound = Arrays.compareUnsigned(next, bound) > 0 ? next : bound;
      }
      if (slice.isEnd()) {
        return;
      }
      around = false;
    }
  }

  private void visit(Path directory, byte[] begin, NameWindow.Node node) throws IOException {
    byte[] own = node.begin();
    byte[] all = Arrays.copyOf(begin, begin.length + own.length);
    System.arraycopy(own, 0, all, begin.length, own.length);
    boolean isObject = node.kind() == KeyPaths.Kind.OBJECT;
    if (!KeyPaths.startsWith(all, prefix) && (isObject || !KeyPaths.startsWith(prefix, all))) {
      isPast = true;
    } else if (isObject) {
      decode(all).ifPresent(keys::add);
    } else {
      directory(directory.resolve(node.name()), all);
    }
  }

  // A name that decodes to no key is foreign.
  private static Optional<String> decode(byte[] key) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
