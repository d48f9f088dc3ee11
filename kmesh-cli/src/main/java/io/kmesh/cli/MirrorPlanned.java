// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.MirrorPlan;
import java.util.List;
import java.util.stream.Collectors;

/** What a push or pull would do. */
record MirrorPlanned(MirrorPlan plan, String command, String from, String to)
    implements MirrorWork.Done {
  private MirrorDone would() {
    return new MirrorDone(plan.report(), command, from, to);
  }

  @Override
  public long problems() {
    return plan.report().failedCount();
  }

  @Override
  public List<String> warnings() {
    return would().warnings();
  }

  @Override
  public List<String> notes() {
    return would().notes();
  }

  @Override
  public ObjectNode json() {
    ObjectNode json = would().json().put("plan", true);
    ObjectNode requests = json.putObject("requests");
    plan.requests().forEach(requests::put);
    return json;
  }

  @Override
  public String words() {
    long requests = plan.requests().values().stream().mapToLong(Long::longValue).sum();
    return would().plan()
        + " It takes "
        + Output.count(requests)
        + " requests: "
        + plan.requests().entrySet().stream()
            .map(kind -> Output.count(kind.getValue()) + " " + kind.getKey())
            .collect(Collectors.joining(", "))
        + ". Nothing was changed.";
  }
}
