// SPDX-License-Identifier: Apache-2.0
/** A forward proxy on the loopback interface, for tests of clients behind one. */
@NullMarked
package io.kmesh.testkit.proxy;

import org.jspecify.annotations.NullMarked;
