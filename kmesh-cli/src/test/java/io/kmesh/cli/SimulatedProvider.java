// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Mount points that are simulated ones; each is opened as often as it is asked for. */
final class SimulatedProvider implements LustreProvider {
  private final Map<PathBytes, LustreBinding> mounts = new LinkedHashMap<>();
  private String whyNot = "";
  private int openings;

  SimulatedProvider mount(Path point, LustreBinding binding) {
    mounts.put(PathBytes.of(point.toString()), binding);
    return this;
  }

  SimulatedProvider unusable(String why) {
    whyNot = why;
    return this;
  }

  /** How often a mount was opened. */
  int openings() {
    return openings;
  }

  @Override
  public String name() {
    return "simulated";
  }

  @Override
  public Optional<String> whyUnusable() {
    return whyNot.isEmpty() ? Optional.empty() : Optional.of(whyNot);
  }

  @Override
  public LustreBinding open(Path mountPoint) throws IOException {
    LustreBinding binding = mounts.get(PathBytes.of(mountPoint.toString()));
    if (binding == null) {
      throw new ProviderException(ErrorKind.UNSUPPORTED, "Cannot attach " + mountPoint + ".");
    }
    openings++;
    return new ForwardingLustreBinding() {
      @Override
      protected LustreBinding delegate() {
        return binding;
      }

      @Override
      public void close() {
        // The test's.
      }
    };
  }

  @Override
  public List<PathBytes> mountPoints() {
    return List.copyOf(mounts.keySet());
  }
}
