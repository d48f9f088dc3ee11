// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.core.internal.nio.Writer;
import io.kmesh.path.PathBytes;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A volume that several use: closing it gives it back. */
final class LentVolume implements Volume {
  private final Volume volume;
  private final Closeable givenBack;
  private final AtomicBoolean isClosed = new AtomicBoolean();

  /**
   * Lends a volume.
   *
   * @param givenBack closed once
   */
  LentVolume(Volume volume, Closeable givenBack) {
    this.volume = volume;
    this.givenBack = givenBack;
  }

  @Override
  public void approach(List<PathBytes> names) throws IOException {
    volume.approach(names);
  }

  @Override
  public Node root() throws IOException {
    return volume.root();
  }

  @Override
  public @Nullable Node find(Node directory, PathBytes name) throws IOException {
    return volume.find(directory, name);
  }

  @Override
  public @Nullable Node at(PathBytes path) throws IOException {
    return volume.at(path);
  }

  @Override
  public Names names(Node directory) throws IOException {
    return volume.names(directory);
  }

  @Override
  public Facts facts(Node node) throws IOException {
    return volume.facts(node);
  }

  @Override
  public PathBytes target(Node link) throws IOException {
    return volume.target(link);
  }

  @Override
  public List<PathBytes> attributes(Node node) throws IOException {
    return volume.attributes(node);
  }

  @Override
  public byte @Nullable [] attribute(Node node, PathBytes name) throws IOException {
    return volume.attribute(node, name);
  }

  @Override
  public Bytes content(Node file) throws IOException {
    return volume.content(file);
  }

  @Override
  public long allocated(Node file) throws IOException {
    return volume.allocated(file);
  }

  @Override
  public Writer writer() {
    return volume.writer();
  }

  @Override
  public boolean isReadOnly() {
    return volume.isReadOnly();
  }

  @Override
  public void close() throws IOException {
    if (isClosed.compareAndSet(false, true)) {
      givenBack.close();
    }
  }
}
