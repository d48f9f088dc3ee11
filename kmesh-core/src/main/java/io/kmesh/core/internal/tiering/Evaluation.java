// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.lustre.PoolUsage;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.tiering.Condition;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Evaluates conditions on files as of one time and one usage of the pools, and says why. */
final class Evaluation {
  private final Instant now;
  private final Map<String, Percent> poolShares = new HashMap<>();
  private final Map<String, Glob> globs = new HashMap<>();

  Evaluation(Instant now, List<PoolUsage> pools) {
    this.now = now;
    for (PoolUsage pool : pools) {
      poolShares.put(pool.name(), pool.share());
    }
  }

  boolean matches(Condition condition, FileFacts file) throws IOException {
    if (condition instanceof Condition.All all) {
      for (Condition part : all.parts()) {
        if (!matches(part, file)) {
          return false;
        }
      }
      return true;
    }
    if (condition instanceof Condition.Any any) {
      for (Condition part : any.parts()) {
        if (matches(part, file)) {
          return true;
        }
      }
      return false;
    }
    if (condition instanceof Condition.Not not) {
      return !matches(not.part(), file);
    }
    return leaf(condition, file);
  }

  private boolean leaf(Condition condition, FileFacts file) throws IOException {
    if (condition instanceof Condition.PathMatches c) {
      return globs.computeIfAbsent(c.glob(), Glob::new).matches(file.path());
    }
    if (condition instanceof Condition.SizeBetween c) {
      long size = file.stat().size();
      return size >= c.least().bytes() && size <= c.most().bytes();
    }
    if (condition instanceof Condition.OlderThan c) {
      return age(c, file).compareTo(c.age()) > 0;
    }
    if (condition instanceof Condition.OwnedBy c) {
      return file.stat().uid() == c.uid();
    }
    if (condition instanceof Condition.InProject c) {
      return file.project() == c.project();
    }
    if (condition instanceof Condition.HasHsmFlag c) {
      return file.state().has(c.flag());
    }
    if (condition instanceof Condition.InPool c) {
      return file.pool().equals(c.pool());
    }
    if (condition instanceof Condition.PoolAbove c) {
      return share(c.pool()).compareTo(c.share()) > 0;
    }
    return condition instanceof Condition.Anything;
  }

  private Duration age(Condition.OlderThan c, FileFacts file) {
    Instant used =
        c.basis() == Condition.AgeBasis.LAST_USE ? file.lastUse() : file.stat().mtime().toInstant();
    return Duration.between(used, now);
  }

  Percent share(String pool) throws IOException {
    Percent share = poolShares.get(pool);
    if (share == null) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot ask the usage of pool \""
              + pool
              + "\": the file system has the pools "
              + poolShares.keySet().stream().sorted().toList()
              + ". Name one of them.");
    }
    return share;
  }

  /** A line for each condition: whether it holds, and the value that was seen. */
  String explain(Condition condition, FileFacts file) throws IOException {
    StringBuilder text = new StringBuilder();
    explain(condition, file, "  ", text);
    return text.toString();
  }

  private void explain(Condition condition, FileFacts file, String indent, StringBuilder text)
      throws IOException {
    text.append(indent).append(matches(condition, file) ? "yes  " : "no   ");
    if (condition instanceof Condition.All all) {
      text.append("all of\n");
      for (Condition part : all.parts()) {
        explain(part, file, indent + "  ", text);
      }
    } else if (condition instanceof Condition.Any any) {
      text.append("any of\n");
      for (Condition part : any.parts()) {
        explain(part, file, indent + "  ", text);
      }
    } else if (condition instanceof Condition.Not not) {
      text.append("not\n");
      explain(not.part(), file, indent + "  ", text);
    } else {
      text.append(describe(condition, file)).append('\n');
    }
  }

  private String describe(Condition condition, FileFacts file) throws IOException {
    if (condition instanceof Condition.PathMatches c) {
      return "path matches " + c.glob();
    }
    if (condition instanceof Condition.SizeBetween c) {
      String most = c.most().bytes() == Long.MAX_VALUE ? "" : " and at most " + c.most();
      return "size at least "
          + c.least()
          + most
          + ": it is "
          + DataSize.ofBytes(file.stat().size());
    }
    if (condition instanceof Condition.OlderThan c) {
      String basis =
          c.basis() == Condition.AgeBasis.LAST_USE
              ? "last use (later of atime, kept lazily, and mtime)"
              : "last modification";
      return basis + " more than " + c.age() + " ago: it was " + age(c, file) + " ago";
    }
    if (condition instanceof Condition.OwnedBy c) {
      return "owner is " + c.uid() + ": it is " + file.stat().uid();
    }
    if (condition instanceof Condition.InProject c) {
      return "project is " + c.project() + ": it is " + file.project();
    }
    if (condition instanceof Condition.HasHsmFlag c) {
      return "HSM state has " + c.flag() + ": it is " + file.state();
    }
    if (condition instanceof Condition.InPool c) {
      return "data in pool " + c.pool() + ": they are in \"" + file.pool() + "\"";
    }
    if (condition instanceof Condition.PoolAbove c) {
      return "pool " + c.pool() + " above " + c.share() + ": it is at " + share(c.pool());
    }
    return "every file";
  }
}
