// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The coordinator of one MDT: its state and the four that work on it. */
final class MdtCoordinator {
  final MdtState state;
  final MdtRequests requests;
  final MdtReports reports;
  final MdtControl control;
  final MdtPass pass;

  MdtCoordinator(MdtState state, @Nullable Random order) {
    this.state = state;
    this.requests = new MdtRequests(state);
    this.reports = new MdtReports(state);
    this.control = new MdtControl(state);
    this.pass = new MdtPass(state, order);
  }
}
