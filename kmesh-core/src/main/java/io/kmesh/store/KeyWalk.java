// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Walks the keys of a prefix in the order of their UTF-8 bytes. In memory are at most as many names
 * of each directory on the way as were asked for. One use, one thread.
 */
final class KeyWalk {
  private static final Comparator<Node> BY_BEGIN =
      (a, b) -> Arrays.compareUnsigned(a.begin, b.begin);

  private final StoreFiles files;
  private final byte[] prefix;
  private final byte @Nullable [] after;
  private final int limit;
  private final List<String> keys = new ArrayList<>();

  private KeyWalk(StoreFiles files, byte[] prefix, byte @Nullable [] after, int limit) {
    this.files = files;
    this.prefix = prefix;
    this.after = after;
    this.limit = limit;
  }

  private static final class Node {
    private final String name;
    private final KeyPaths.Kind kind;
    private final byte[] begin; // what all keys at or below it begin with

    Node(String name, KeyPaths.Kind kind, byte[] begin) {
      this.name = name;
      this.kind = kind;
      this.begin = begin;
    }
  }

  /** The first keys of a prefix behind a key, at most so many. */
  static List<String> keys(
      StoreFiles files, Path objects, String prefix, @Nullable String after, int limit)
      throws IOException {
    byte[] prefixBytes = prefix.getBytes(StandardCharsets.UTF_8);
    KeyWalk walk =
        new KeyWalk(
            files,
            prefixBytes,
            after == null ? null : after.getBytes(StandardCharsets.UTF_8),
            limit);
    int slash = prefixBytes.length;
    while (slash > 0 && prefixBytes[slash - 1] != '/') {
      slash--;
    }
    byte[] whole = Arrays.copyOf(prefixBytes, slash);
    Path directory = objects;
    for (String name : KeyPaths.directoryNames(whole)) {
      directory = directory.resolve(name);
    }
    walk.directory(directory, whole);
    return walk.keys;
  }

  private void directory(Path directory, byte[] begin) throws IOException {
    Node last = null;
    while (keys.size() < limit) {
      List<Node> nodes = next(directory, begin, last);
      for (Node node : nodes) {
        if (keys.size() == limit) {
          return;
        }
        if (node.kind == KeyPaths.Kind.OBJECT) {
          decode(node.begin).ifPresent(keys::add);
        } else {
          directory(directory.resolve(node.name), node.begin);
        }
      }
      if (nodes.size() < limit) {
        return;
      }
      last = nodes.get(nodes.size() - 1);
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

  /**
   * The first nodes of a directory behind one of them, sorted, at most as many as keys are asked.
   */
  private List<Node> next(Path directory, byte[] begin, @Nullable Node behind) throws IOException {
    PriorityQueue<Node> smallest = new PriorityQueue<>(BY_BEGIN.reversed());
    try {
      files.list(
          directory,
          name -> {
            Node node = node(name, begin);
            if (node != null && (behind == null || BY_BEGIN.compare(node, behind) > 0)) {
              smallest.add(node);
              if (smallest.size() > limit) {
                smallest.remove();
              }
            }
          });
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of(); // the last object below it was deleted, or it is foreign
    }
    List<Node> nodes = new ArrayList<>(smallest);
    Collections.sort(nodes, BY_BEGIN);
    return nodes;
  }

  private @Nullable Node node(String name, byte[] begin) {
    KeyPaths.Entry entry = KeyPaths.parse(name).orElse(null);
    if (entry == null) {
      return null;
    }
    byte[] own = entry.begin();
    byte[] all = Arrays.copyOf(begin, begin.length + own.length);
    System.arraycopy(own, 0, all, begin.length, own.length);
    boolean isObject = entry.kind() == KeyPaths.Kind.OBJECT;
    if (!startsWith(all, prefix) && (isObject || !startsWith(prefix, all))) {
      return null;
    }
    if (after != null
        && Arrays.compareUnsigned(all, after) <= 0
        && (isObject || !startsWith(after, all))) {
      return null; // all its keys come before
    }
    return new Node(name, entry.kind(), all);
  }

  private static boolean startsWith(byte[] bytes, byte[] begin) {
    return bytes.length >= begin.length
        && Arrays.equals(bytes, 0, begin.length, begin, 0, begin.length);
  }
}
